package local

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/chalicefile/chalicefile/internal/local/runtimeapi"
	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/internal/source"
	"github.com/chalicefile/chalicefile/internal/source/schedule"
	"github.com/chalicefile/chalicefile/spec"
)

// longestNap bounds how long a schedule sleeps without a look at the clock,
// which may be set, or stand still while the machine is suspended.
const longestNap = time.Minute

// startSchedules runs the functions of schedules at their times until the
// generation retires.
func (g *generation) startSchedules(app *model.App) {
	g.server.mu.Lock()
	defer g.server.mu.Unlock()
	if g.server.closed {
		return
	}
	for _, fn := range app.Functions {
		s := fn.Schedule
		if s == nil || s.Enabled != nil && !*s.Enabled {
			continue
		}
		next, err := timetable(s, g.server.started)
		if err != nil {
			g.server.log.Printf("%s: the schedule does not run: %v", fn.Name, err)
			continue
		}
		g.server.wg.Go(func() { g.runSchedule(g.schedules, app, fn, next) })
	}
}

// runSchedule runs one; next is the first of its times after another.
func (g *generation) runSchedule(ctx context.Context, app *model.App, fn *model.Function, next func(time.Time) time.Time) {
	s := g.server
	for due := next(s.options.Now()); !due.IsZero(); due = next(due) {
		for left := due.Sub(s.options.Now()); left > 0; left = due.Sub(s.options.Now()) {
			timer := time.NewTimer(min(left, longestNap))
			select {
			case <-ctx.Done():
				timer.Stop()
				return
			case <-timer.C:
			}
		}
		g.spawn(func() { g.runScheduled(app, fn, due) })
	}
}

func (g *generation) runScheduled(app *model.App, fn *model.Function, due time.Time) {
	log := g.server.log
	log.Printf("%s: its schedule is due", fn.Name)
	res, err := g.Invoke(context.Background(), fn, runtimeapi.Call{RequestID: requestID(), Payload: scheduledEvent(app, fn, due)})
	switch {
	case err != nil:
		log.Printf("%s: the scheduled invocation failed: %v", fn.Name, err)
	case res.FunctionError != "":
		log.Printf("%s: the scheduled invocation failed: %s", fn.Name, res.Payload)
	}
}

// scheduledEvent is the schedule's own input, or the standard event at its time.
func scheduledEvent(app *model.App, fn *model.Function, due time.Time) []byte {
	sample := schedule.Descriptor().Sample(source.SampleOptions{
		Source: fn.Schedule, Region: appRegion(app), Account: appAccount(app), Name: fn.LambdaName,
	})
	if fn.Schedule.Input != nil {
		return sample
	}
	var event map[string]any
	if json.Unmarshal(sample, &event) != nil {
		return sample
	}
	event["id"], event["time"] = requestID(), due.UTC().Format(time.RFC3339)
	data, err := json.Marshal(event)
	if err != nil {
		return sample // it was JSON before
	}
	return data
}

// timetable makes the function that says when a schedule is next due. Rates
// count from start: that of the server, so that a reload does not put them off.
func timetable(s *spec.Schedule, start time.Time) (func(after time.Time) time.Time, error) {
	zone, err := time.LoadLocation(s.Timezone)
	if err != nil {
		return nil, fmt.Errorf("this machine does not know the timezone %s", s.Timezone)
	}
	switch {
	case s.Cron != "":
		c, err := parseCron(s.Cron)
		if err != nil {
			return nil, err
		}
		return func(after time.Time) time.Time { return c.next(after.In(zone)) }, nil
	case s.At != "":
		at, err := time.ParseInLocation("2006-01-02T15:04:05", s.At, zone)
		if err != nil {
			return nil, fmt.Errorf("%q is no time", s.At)
		}
		return func(after time.Time) time.Time {
			if at.After(after) {
				return at
			}
			return time.Time{}
		}, nil
	}
	every, err := parseRate(s.Rate)
	if err != nil {
		return nil, err
	}
	return func(after time.Time) time.Time {
		return start.Add((after.Sub(start)/every + 1) * every)
	}, nil
}

// parseRate reads "5 minutes".
func parseRate(rate string) (time.Duration, error) {
	count, unit, _ := strings.Cut(rate, " ")
	n, err := strconv.Atoi(count)
	units := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}
	d, ok := units[strings.TrimSuffix(strings.TrimSpace(unit), "s")]
	if err != nil || !ok || n < 1 {
		return 0, fmt.Errorf("the rate %q is not like 5 minutes", rate)
	}
	return time.Duration(n) * d, nil
}
