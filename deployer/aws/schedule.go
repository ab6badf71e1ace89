package aws

import (
	"context"
	"errors"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// scheduleAPI is what schedules take of EventBridge Scheduler.
type scheduleAPI interface {
	ListSchedules(context.Context, *scheduler.ListSchedulesInput, ...func(*scheduler.Options)) (*scheduler.ListSchedulesOutput, error)
	GetSchedule(context.Context, *scheduler.GetScheduleInput, ...func(*scheduler.Options)) (*scheduler.GetScheduleOutput, error)
	CreateSchedule(context.Context, *scheduler.CreateScheduleInput, ...func(*scheduler.Options)) (*scheduler.CreateScheduleOutput, error)
	UpdateSchedule(context.Context, *scheduler.UpdateScheduleInput, ...func(*scheduler.Options)) (*scheduler.UpdateScheduleOutput, error)
	DeleteSchedule(context.Context, *scheduler.DeleteScheduleInput, ...func(*scheduler.Options)) (*scheduler.DeleteScheduleOutput, error)
}

// schedules is the actuator of the schedules of EventBridge Scheduler. They
// have no tags: they belong to who owns their group.
type schedules struct{ api scheduleAPI }

func newSchedules(c *Clients) deployer.Actuator { return &schedules{c.Scheduler} }

// utc is the time zone of schedules that name none.
const utc = "UTC"

// Find implements deployer.Actuator: all in the owner's groups.
func (s *schedules) Find(ctx context.Context, q *deployer.Query) ([]*deployer.Live, error) {
	owned := map[string]bool{}
	for _, group := range q.Found(resource.KindScheduleGroup) {
		owned[group.ID.Name] = group.Owned
	}
	wanted := map[resource.ID]*resource.Schedule{}
	asked := map[resource.ID][2]string{}
	for _, w := range q.Want {
		want := w.(*resource.Schedule)
		wanted[want.ID()] = want
		if _, found := owned[want.Group]; found || q.Narrow {
			asked[want.ID()] = [2]string{want.Group, want.Name}
		}
	}
	if !q.Narrow {
		for group, mine := range owned {
			if !mine {
				continue
			}
			names, err := s.list(ctx, group)
			if err != nil {
				return nil, err
			}
			there := map[resource.ID]bool{}
			for _, name := range names {
				id := (&resource.Schedule{Group: group, Name: name}).ID()
				asked[id], there[id] = [2]string{group, name}, true
			}
			for id, key := range asked {
				if key[0] == group && !there[id] {
					delete(asked, id)
				}
			}
		}
	}
	var keys [][2]string
	for _, key := range asked {
		keys = append(keys, key)
	}
	all, err := each(ctx, keys, func(ctx context.Context, key [2]string) (*deployer.Live, error) {
		mine, found := owned[key[0]]
		return s.read(ctx, q.Owner.Region, key, wanted, mine || !found)
	})
	return present(all), err
}

// list are the names of the schedules of a group.
func (s *schedules) list(ctx context.Context, group string) ([]string, error) {
	all, err := everyPage(ctx, scheduler.NewListSchedulesPaginator(s.api, &scheduler.ListSchedulesInput{GroupName: &group}),
		func(page *scheduler.ListSchedulesOutput) []types.ScheduleSummary { return page.Schedules })
	return texts(all, func(found types.ScheduleSummary) *string { return found.Name }), err
}

// read reads a schedule; nil where there is none.
func (s *schedules) read(ctx context.Context, region string, key [2]string, wanted map[resource.ID]*resource.Schedule, owned bool) (*deployer.Live, error) {
	group, name := key[0], key[1]
	o, err := s.api.GetSchedule(ctx, &scheduler.GetScheduleInput{GroupName: &group, Name: &name})
	if isClass(err, deployer.ClassNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fail(err)
	}
	r := &resource.Schedule{
		Name: name, Group: group, Description: awssdk.ToString(o.Description), Expression: awssdk.ToString(o.ScheduleExpression),
		Timezone: awssdk.ToString(o.ScheduleExpressionTimezone), Disabled: o.State == types.ScheduleStateDisabled,
	}
	if o.Target != nil {
		r.FunctionARN = awssdk.ToString(o.Target.Arn)
		r.Function = functionName(r.FunctionARN)
		r.Role = resource.Lit(awssdk.ToString(o.Target.RoleArn))
		r.Input = canonicalJSON([]byte(awssdk.ToString(o.Target.Input)))
	}
	if want := wanted[r.ID()]; want != nil && want.Timezone == "" && r.Timezone == utc {
		r.Timezone = ""
	}
	live := &deployer.Live{
		ID: r.ID(), Resource: r, Owned: owned, Title: "schedule: " + group + "/" + name,
		DependsOn: []resource.ID{{Kind: resource.KindScheduleGroup, Name: group}},
	}
	if r.Function != "" {
		live.DependsOn = append(live.DependsOn, resource.FunctionID(r.Function))
	}
	if role, _ := r.Role.Resolve(nil); role != "" {
		name := strings.TrimSuffix(role[strings.LastIndexByte(role, '/')+1:], "-"+region)
		live.DependsOn = append(live.DependsOn, resource.ID{Kind: resource.KindRole, Name: name})
	}
	return live, nil
}

// Create implements deployer.Actuator. A role that is not known everywhere yet
// is waited for.
func (s *schedules) Create(ctx context.Context, want resource.Resource, run *deployer.Run) (deployer.Attributes, error) {
	w := want.(*resource.Schedule)
	target, err := scheduleTarget(w, run)
	if err != nil {
		return nil, err
	}
	input := &scheduler.CreateScheduleInput{
		Name: &w.Name, GroupName: &w.Group, ScheduleExpression: &w.Expression, ScheduleExpressionTimezone: timezone(w),
		Description: filled(w.Description), State: scheduleState(w), FlexibleTimeWindow: exactly(), Target: target,
	}
	began := run.Clock.Now()
	return nil, assumable(ctx, run, func(ctx context.Context) error {
		_, err := s.api.CreateSchedule(ctx, input)
		switch {
		case isCode(err, "ConflictException"):
			return classed(err, deployer.ClassExists)
		case isClass(err, deployer.ClassNotFound) && run.Clock.Now().Sub(began) < freshLimit:
			return classed(err, deployer.ClassLater) // the group was made just now
		}
		return past(err, w, run.Clock.Now())
	})
}

// past says in plain words that the time of a schedule is over, which the
// scheduler has other words for. A zone that this machine does not know counts
// as UTC.
func past(err error, w *resource.Schedule, now time.Time) error {
	var f *deployer.Failure
	text, single := strings.CutPrefix(w.Expression, "at(")
	if !single || !isCode(err, "ValidationException") || !errors.As(fail(err), &f) {
		return err
	}
	zone, zoneErr := time.LoadLocation(*timezone(w))
	if zoneErr != nil {
		zone = time.UTC
	}
	at, timeErr := time.ParseInLocation("2006-01-02T15:04:05", strings.TrimSuffix(text, ")"), zone)
	if timeErr != nil || at.After(now) {
		return err
	}
	return explain(f, "the time of the schedule "+w.Name+" is over, "+w.Expression+" "+*timezone(w)+": "+f.Message,
		"give it a time that is yet to come, or take it out of the Chalicefile")
}

// classed is a failure of another class.
func classed(err error, class deployer.Class) error {
	f := failureOf(err)
	f.Class = class
	return f
}

// Update implements deployer.Actuator: a schedule is written as a whole.
func (s *schedules) Update(ctx context.Context, want resource.Resource, _ *deployer.Live, _ []deployer.Change, run *deployer.Run) (deployer.Attributes, error) {
	w := want.(*resource.Schedule)
	target, err := scheduleTarget(w, run)
	if err != nil {
		return nil, err
	}
	input := &scheduler.UpdateScheduleInput{
		Name: &w.Name, GroupName: &w.Group, ScheduleExpression: &w.Expression, ScheduleExpressionTimezone: timezone(w),
		Description: filled(w.Description), State: scheduleState(w), FlexibleTimeWindow: exactly(), Target: target,
	}
	return nil, assumable(ctx, run, func(ctx context.Context) error {
		_, err := s.api.UpdateSchedule(ctx, input)
		return past(later(err, schedulerBusy, ""), w, run.Clock.Now())
	})
}

// Delete implements deployer.Actuator. A schedule that something is under way
// with is waited for.
func (s *schedules) Delete(ctx context.Context, live *deployer.Live, run *deployer.Run) error {
	r := live.Resource.(*resource.Schedule)
	return persist(ctx, run, "the schedule to be ready for its deletion", busyLimit, schedulerBusy, "", func(ctx context.Context) error {
		_, err := s.api.DeleteSchedule(ctx, &scheduler.DeleteScheduleInput{Name: &r.Name, GroupName: &r.Group})
		return unlessGone(err)
	})
}

// schedulerBusy says whether the scheduler has something else to do with what was to
// be changed or deleted.
func schedulerBusy(err error) bool { return isCode(err, "ConflictException") }

// assumable calls f again for as long as a new role takes to be known to the
// scheduler.
func assumable(ctx context.Context, run *deployer.Run, f func(context.Context) error) error {
	young := func(err error) bool {
		return isCode(err, "ValidationException") && says(err, "to assume the role", "assume role", "execution role")
	}
	return persist(ctx, run, "the role to be known to EventBridge Scheduler", roleLimit, young,
		"the role must trust scheduler.amazonaws.com", f)
}

func scheduleTarget(w *resource.Schedule, run *deployer.Run) (*types.Target, error) {
	role, err := run.Text(w.Role)
	if err != nil {
		return nil, err
	}
	return &types.Target{Arn: &w.FunctionARN, RoleArn: &role, Input: filled(w.Input)}, nil
}

func scheduleState(w *resource.Schedule) types.ScheduleState {
	if w.Disabled {
		return types.ScheduleStateDisabled
	}
	return types.ScheduleStateEnabled
}

func timezone(w *resource.Schedule) *string {
	if w.Timezone == "" {
		return awssdk.String(utc)
	}
	return &w.Timezone
}

// exactly is at the time itself, not some time about it.
func exactly() *types.FlexibleTimeWindow {
	return &types.FlexibleTimeWindow{Mode: types.FlexibleTimeWindowModeOff}
}
