package local

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/chalicefile/chalicefile/internal/local/localtest"
	"github.com/chalicefile/chalicefile/spec"
)

func TestTimetable(t *testing.T) {
	const layout = "Mon 2006-01-02 15:04"
	for _, c := range []struct {
		schedule spec.Schedule
		after    string
		want     string // times, comma separated
	}{
		{spec.Schedule{Cron: "0 10 * * ? *"}, "2026-11-22T10:00:00Z", "Mon 2026-11-23 10:00,Tue 2026-11-24 10:00"},
		{spec.Schedule{Cron: "*/15 8-9 ? * MON-FRI *"}, "2026-11-20T09:40:00Z", "Fri 2026-11-20 09:45,Mon 2026-11-23 08:00"},
		{spec.Schedule{Cron: "5/20 0 1 JAN ? 2027-2028"}, "2026-11-20T09:40:00Z", "Fri 2027-01-01 00:05,Fri 2027-01-01 00:25,Fri 2027-01-01 00:45,Sat 2028-01-01 00:05"},
		{spec.Schedule{Cron: "0 0 L * ? *"}, "2028-01-31T00:00:00Z", "Tue 2028-02-29 00:00,Fri 2028-03-31 00:00"},
		{spec.Schedule{Cron: "0 0 LW 5 ? *"}, "2026-01-31T00:00:00Z", "Fri 2026-05-29 00:00"},
		{spec.Schedule{Cron: "0 0 1W,15W 8 ? *"}, "2026-01-31T00:00:00Z", "Mon 2026-08-03 00:00,Fri 2026-08-14 00:00"},
		{spec.Schedule{Cron: "0 0 ? * 6L *"}, "2026-11-01T00:00:00Z", "Fri 2026-11-27 00:00,Fri 2026-12-25 00:00"},
		{spec.Schedule{Cron: "0 0 ? * TUE#2 *"}, "2026-11-01T00:00:00Z", "Tue 2026-11-10 00:00,Tue 2026-12-08 00:00"},
		{spec.Schedule{Cron: "0 0 ? * FRI-MON *"}, "2026-11-19T00:00:00Z", "Fri 2026-11-20 00:00,Sat 2026-11-21 00:00,Sun 2026-11-22 00:00,Mon 2026-11-23 00:00,Fri 2026-11-27 00:00"},
		{spec.Schedule{Cron: "0 0 29 2 ? 2029-2031"}, "2026-11-19T00:00:00Z", ""},
		{spec.Schedule{Cron: "0 0 1 1 ? 2020"}, "2026-11-19T00:00:00Z", ""},
		{spec.Schedule{Cron: "30 2 * * ? *", Timezone: "Europe/Berlin"}, "2027-03-27T00:00:00Z", "Sat 2027-03-27 02:30,Mon 2027-03-29 02:30"},
		{spec.Schedule{Rate: "5 minutes"}, "2026-11-22T10:00:00Z", "Sun 2026-11-22 10:05,Sun 2026-11-22 10:10"},
		{spec.Schedule{Rate: "1 hour"}, "2026-11-22T10:00:00Z", "Sun 2026-11-22 11:00"},
		{spec.Schedule{At: "2026-12-24T18:00:00", Timezone: "America/New_York"}, "2026-11-22T10:00:00Z", "Thu 2026-12-24 18:00,"},
		{spec.Schedule{At: "2026-11-22T10:00:00"}, "2026-11-22T10:00:00Z", ""},
	} {
		now, err := time.Parse(time.RFC3339, c.after)
		if err != nil {
			t.Fatal(err)
		}
		next, err := timetable(&c.schedule, now)
		if err != nil {
			t.Errorf("%+v: %v", c.schedule, err)
			continue
		}
		var got []string
		for range strings.Split(c.want, ",") {
			now = next(now)
			if now.IsZero() {
				got = append(got, "")
				break
			}
			got = append(got, now.Format(layout))
		}
		if strings.Join(got, ",") != c.want {
			t.Errorf("%s%s%s %s: %q, want %q", c.schedule.Cron, c.schedule.Rate, c.schedule.At, c.schedule.Timezone, got, c.want)
		}
	}
}

// A rate counts from the start of the server: what comes after a reload goes on
// in the same steps.
func TestRateGoesOn(t *testing.T) {
	start := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	next, err := timetable(&spec.Schedule{Rate: "5 minutes"}, start)
	if err != nil {
		t.Fatal(err)
	}
	for after, want := range map[time.Duration]time.Duration{0: 5, 4*time.Minute + 59*time.Second: 5, 5 * time.Minute: 10, 61 * time.Minute: 65} {
		if got := next(start.Add(after)).Sub(start); got != want*time.Minute {
			t.Errorf("after %s: %s", after, got)
		}
	}
}

func TestTimetableRefuses(t *testing.T) {
	for _, s := range []spec.Schedule{
		{Cron: "0 10 * * ?"}, {Cron: "60 10 * * ? *"}, {Cron: "0 10 * * XXX *"}, {Cron: "*/0 10 * * ? *"}, {Cron: "0 0 ? * MON#6 *"},
		{Cron: "0 0 32W * ? *"}, {Cron: "0 0 ? * 8L *"}, {Rate: "5"}, {Rate: "x minutes"}, {Rate: ""}, {At: "tomorrow"}, {Rate: "1 hour", Timezone: "Nowhere/Land"},
	} {
		if _, err := timetable(&s, time.Time{}); err == nil {
			t.Errorf("%+v is taken", s)
		}
	}
}

func FuzzCron(f *testing.F) {
	f.Add("*/5 1-2,L LW,15W JAN/2 6L,3#2 2026-2030")
	f.Fuzz(func(t *testing.T, expr string) {
		c, err := parseCron(expr)
		if err != nil {
			return
		}
		now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
		if next := c.next(now); !next.IsZero() && !next.After(now) {
			t.Errorf("%q: %s after %s", expr, next, now)
		}
	})
}

func TestSchedulesRun(t *testing.T) {
	log := &syncBuffer{}
	app := localtest.App(func(s *spec.App) {
		s.Routes, s.Authorizers, s.Events = nil, nil, nil
		// Twice, since a second may pass until the server has started.
		for _, name := range []string{"soon", "later"} {
			at := time.Now().UTC().Add(map[string]time.Duration{"soon": 2 * time.Second, "later": 3 * time.Second}[name])
			s.Schedules = append(s.Schedules, spec.Schedule{Name: name, At: at.Format("2006-01-02T15:04:05"), Input: []byte(`{"do":"print","text":"` + name + ` ran"}`)})
		}
	})
	start(t, app, func(o *Options) { o.Log, o.Schedules = log, true })
	waitFor(t, func() bool { return strings.Contains(log.String(), "ran\n") })
}

func TestScheduledEvent(t *testing.T) {
	app := localtest.App()
	due := time.Date(2026, 11, 22, 1, 2, 3, 0, time.UTC)
	var event map[string]any
	if err := json.Unmarshal(scheduledEvent(app, app.Function("tick"), due), &event); err != nil {
		t.Fatal(err)
	}
	if event["time"] != "2026-11-22T01:02:03Z" || event["detail-type"] != "Scheduled Event" {
		t.Errorf("%v", event)
	}
}
