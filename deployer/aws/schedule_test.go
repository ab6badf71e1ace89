package aws

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// scheduleLab is EventBridge Scheduler: groups take their time to be deleted,
// new roles to be known.
type scheduleLab struct {
	trouble
	groups    map[string]*fakeGroup
	schedules map[string]*scheduler.GetScheduleOutput
	slow      int // how many looks a deletion takes
	unknown   int // how many times a role is not known
	fresh     int // how many times the group is not known
}

type fakeGroup struct {
	tags     map[string]string
	deleting int // looks until it is gone, 0: it stays
}

func (f *scheduleLab) group(name string) *fakeGroup {
	g := f.groups[name]
	if g != nil && g.deleting > 0 {
		if g.deleting--; g.deleting == 0 {
			delete(f.groups, name)
			for key := range f.schedules {
				if strings.HasPrefix(key, name+"/") {
					delete(f.schedules, key)
				}
			}
			return nil
		}
	}
	return g
}

func notThere() error { return refusal("ResourceNotFoundException", "does not exist.") }

func (f *scheduleLab) GetScheduleGroup(_ context.Context, in *scheduler.GetScheduleGroupInput, _ ...func(*scheduler.Options)) (*scheduler.GetScheduleGroupOutput, error) {
	g := f.group(*in.Name)
	if g == nil {
		return nil, notThere()
	}
	o := &scheduler.GetScheduleGroupOutput{Name: in.Name, Arn: awssdk.String(testOwner.ARN("scheduler", "schedule-group/"+*in.Name)), State: types.ScheduleGroupStateActive}
	if g.deleting > 0 {
		o.State = types.ScheduleGroupStateDeleting
	}
	return o, nil
}

func (f *scheduleLab) CreateScheduleGroup(_ context.Context, in *scheduler.CreateScheduleGroupInput, _ ...func(*scheduler.Options)) (*scheduler.CreateScheduleGroupOutput, error) {
	return &scheduler.CreateScheduleGroupOutput{}, f.mutate("create group", func() error {
		if f.group(*in.Name) != nil {
			return refusal("ConflictException", "Schedule group %s already exists.", *in.Name)
		}
		f.groups[*in.Name] = &fakeGroup{tags: tagMap(in.Tags, func(t types.Tag) (*string, *string) { return t.Key, t.Value })}
		return nil
	})
}

func (f *scheduleLab) DeleteScheduleGroup(_ context.Context, in *scheduler.DeleteScheduleGroupInput, _ ...func(*scheduler.Options)) (*scheduler.DeleteScheduleGroupOutput, error) {
	return nil, f.mutate("delete group", func() error {
		g := f.group(*in.Name)
		if g == nil {
			return notThere()
		}
		g.deleting = 1 + f.slow
		return nil
	})
}

func (f *scheduleLab) ListTagsForResource(_ context.Context, in *scheduler.ListTagsForResourceInput, _ ...func(*scheduler.Options)) (*scheduler.ListTagsForResourceOutput, error) {
	_, name, _ := strings.Cut(*in.ResourceArn, "/")
	if f.groups[name] == nil {
		return nil, notThere()
	}
	return &scheduler.ListTagsForResourceOutput{Tags: groupTags(f.groups[name].tags)}, nil
}

func (f *scheduleLab) TagResource(_ context.Context, in *scheduler.TagResourceInput, _ ...func(*scheduler.Options)) (*scheduler.TagResourceOutput, error) {
	_, name, _ := strings.Cut(*in.ResourceArn, "/")
	return nil, f.mutate("tag", func() error {
		maps.Copy(f.groups[name].tags, tagMap(in.Tags, func(t types.Tag) (*string, *string) { return t.Key, t.Value }))
		return nil
	})
}

func (f *scheduleLab) UntagResource(_ context.Context, in *scheduler.UntagResourceInput, _ ...func(*scheduler.Options)) (*scheduler.UntagResourceOutput, error) {
	_, name, _ := strings.Cut(*in.ResourceArn, "/")
	return nil, f.mutate("untag", func() error {
		for _, key := range in.TagKeys {
			delete(f.groups[name].tags, key)
		}
		return nil
	})
}

func (f *scheduleLab) ListSchedules(_ context.Context, in *scheduler.ListSchedulesInput, _ ...func(*scheduler.Options)) (*scheduler.ListSchedulesOutput, error) {
	o := &scheduler.ListSchedulesOutput{}
	for _, key := range slices.Sorted(maps.Keys(f.schedules)) {
		group, name, _ := strings.Cut(key, "/")
		if group != *in.GroupName || in.NextToken != nil && name <= *in.NextToken {
			continue
		}
		if len(o.Schedules) == 1 {
			o.NextToken = o.Schedules[0].Name
			break
		}
		o.Schedules = append(o.Schedules, types.ScheduleSummary{Name: &name, GroupName: &group})
	}
	return o, nil
}

func (f *scheduleLab) GetSchedule(_ context.Context, in *scheduler.GetScheduleInput, _ ...func(*scheduler.Options)) (*scheduler.GetScheduleOutput, error) {
	s := f.schedules[*in.GroupName+"/"+*in.Name]
	if s == nil {
		return nil, notThere()
	}
	return s, nil
}

// valid refuses single times that are over.
func (f *scheduleLab) valid(expression string) error {
	if strings.HasPrefix(expression, "at(2") && expression < "at(2026" {
		return refusal("ValidationException", "Invalid Schedule Expression %s.", expression)
	}
	return nil
}

func (f *scheduleLab) known(t *types.Target) error {
	if f.unknown > 0 {
		f.unknown--
		return refusal("ValidationException", "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.")
	}
	if t.RoleArn == nil || *t.RoleArn == "" {
		return refusal("ValidationException", "no role")
	}
	return nil
}

func (f *scheduleLab) CreateSchedule(_ context.Context, in *scheduler.CreateScheduleInput, _ ...func(*scheduler.Options)) (*scheduler.CreateScheduleOutput, error) {
	return nil, f.mutate("create", func() error {
		key := *in.GroupName + "/" + *in.Name
		if f.groups[*in.GroupName] == nil {
			return notThere()
		}
		if f.fresh--; f.fresh >= 0 {
			return refusal("ResourceNotFoundException", "Schedule group %s does not exist.", *in.GroupName)
		}
		if err := f.known(in.Target); err != nil {
			return err
		}
		if err := f.valid(*in.ScheduleExpression); err != nil {
			return err
		}
		if f.schedules[key] != nil {
			return refusal("ConflictException", "Schedule %s already exists.", *in.Name)
		}
		f.schedules[key] = &scheduler.GetScheduleOutput{
			Name: in.Name, GroupName: in.GroupName, Description: in.Description, ScheduleExpression: in.ScheduleExpression,
			ScheduleExpressionTimezone: in.ScheduleExpressionTimezone, State: in.State, Target: in.Target,
		}
		return nil
	})
}

func (f *scheduleLab) UpdateSchedule(_ context.Context, in *scheduler.UpdateScheduleInput, _ ...func(*scheduler.Options)) (*scheduler.UpdateScheduleOutput, error) {
	return nil, f.mutate("update", func() error {
		if err := f.known(in.Target); err != nil {
			return err
		}
		if err := f.valid(*in.ScheduleExpression); err != nil {
			return err
		}
		f.schedules[*in.GroupName+"/"+*in.Name] = &scheduler.GetScheduleOutput{
			Name: in.Name, GroupName: in.GroupName, Description: in.Description, ScheduleExpression: in.ScheduleExpression,
			ScheduleExpressionTimezone: in.ScheduleExpressionTimezone, State: in.State, Target: in.Target,
		}
		return nil
	})
}

func (f *scheduleLab) DeleteSchedule(_ context.Context, in *scheduler.DeleteScheduleInput, _ ...func(*scheduler.Options)) (*scheduler.DeleteScheduleOutput, error) {
	return nil, f.mutate("delete", func() error {
		key := *in.GroupName + "/" + *in.Name
		if f.schedules[key] == nil {
			return notThere()
		}
		delete(f.schedules, key)
		return nil
	})
}

func newScheduleLab() *scheduleLab {
	f := &scheduleLab{groups: map[string]*fakeGroup{
		"default": {tags: map[string]string{}}, "shop-dev2": {tags: map[string]string{}},
	}, schedules: map[string]*scheduler.GetScheduleOutput{}}
	for _, key := range []string{"default/shop-dev-a", "shop-dev2/shop-dev2-a"} {
		f.schedules[key] = &scheduler.GetScheduleOutput{}
	}
	return f
}

func (f *scheduleLab) neighbours() string {
	var text strings.Builder
	for _, key := range slices.Sorted(maps.Keys(f.schedules)) {
		if !strings.HasPrefix(key, "shop-dev/") {
			fmt.Fprintln(&text, key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(f.groups)) {
		if key != "shop-dev" {
			fmt.Fprintln(&text, key, f.groups[key].tags)
		}
	}
	return text.String()
}

func TestScheduleGroups(t *testing.T) {
	tags := testOwner.Tags()
	tags["team"] = "till"
	for _, slow := range []int{0, 5} {
		stages(t, func() *lab {
			f := newScheduleLab()
			f.slow = slow
			return &lab{newBench(&scheduleGroups{f}), &f.trouble, f.neighbours}
		},
			[]resource.Resource{&resource.ScheduleGroup{Name: "shop-dev", Tags: testOwner.Tags()}},
			[]resource.Resource{&resource.ScheduleGroup{Name: "shop-dev", Tags: tags}},
			nil,
			[]resource.Resource{&resource.ScheduleGroup{Name: "shop-dev", Tags: testOwner.Tags()}},
		)
	}
}

func TestScheduleGroupOfOthers(t *testing.T) {
	f := newScheduleLab()
	f.groups["shop-dev"] = &fakeGroup{tags: map[string]string{resource.TagApp: "shop", resource.TagStage: "dev", resource.TagRegion: "us-east-1"}}
	b := newBench(&scheduleGroups{f})
	if live, err := b.find(); err != nil || len(live) != 0 {
		t.Errorf("found %v, %v", live, err)
	}
	live, err := b.find(&resource.ScheduleGroup{Name: "shop-dev"})
	if err != nil || len(live) != 1 || live[0].Owned || live[0].Owner != "app shop, stage dev, region us-east-1" {
		t.Errorf("found %v, %v", live, err)
	}
	_, err = b.actuator.Create(context.Background(), &resource.ScheduleGroup{Name: "shop-dev"}, b.run())
	if !isClass(err, deployer.ClassExists) {
		t.Errorf("created: %v", err)
	}
}

func schedule(name string, change func(*resource.Schedule)) *resource.Schedule {
	s := &resource.Schedule{
		Name: name, Group: "shop-dev", Expression: "rate(5 minutes)", Timezone: "Europe/Berlin", Function: name, FunctionARN: testOwner.FunctionARN(name),
		Role: resource.Attr(resource.ID{Kind: resource.KindRole, Name: "shop-dev-scheduler"}, resource.AttrARN),
	}
	if change != nil {
		change(s)
	}
	return s
}

func (f *scheduleLab) lab() *lab {
	f.groups["shop-dev"] = &fakeGroup{tags: testOwner.Tags()}
	b := newBench(&schedules{f})
	b.found[resource.KindScheduleGroup] = []*deployer.Live{{ID: resource.ID{Kind: resource.KindScheduleGroup, Name: "shop-dev"}, Owned: true}}
	b.resolve = func(ref resource.Ref) (string, bool) {
		return "arn:of:" + ref.ID.Name, ref.ID.Kind == resource.KindRole
	}
	return &lab{b, &f.trouble, f.neighbours}
}

func TestSchedules(t *testing.T) {
	for _, unknown := range []int{0, 3} {
		stages(t, func() *lab { f := newScheduleLab(); f.unknown, f.fresh = unknown, unknown; return f.lab() },
			[]resource.Resource{schedule("shop-dev-a", nil), schedule("shop-dev-b", nil)},
			[]resource.Resource{schedule("shop-dev-a", func(s *resource.Schedule) {
				s.Expression, s.Timezone, s.Description, s.Disabled, s.Input = "cron(0 9 * * ? *)", "", "at nine", true, `{"a":1}`
				s.FunctionARN, s.Role = testOwner.FunctionARN("shop-dev-c"), resource.Lit("arn:of:another")
			}), schedule("shop-dev-b", nil)},
			[]resource.Resource{schedule("shop-dev-b", nil)},
		)
	}
}

func TestScheduleRefused(t *testing.T) {
	f := newScheduleLab()
	l := f.lab()
	f.unknown = 1000
	wantFailure(t, l.bench.deploy(schedule("shop-dev-a", nil)), "to assume the role", "must trust scheduler.amazonaws.com")
	f.unknown = 0
	if err := l.bench.deploy(schedule("shop-dev-a", nil)); err != nil {
		t.Fatal(err)
	}
	live, err := l.bench.find()
	if err != nil || len(live) != 1 || fmt.Sprint(live[0].DependsOn) != "[schedule-group/shop-dev function/shop-dev-a role/arn:of:shop-dev-scheduler]" {
		t.Errorf("found %+v, %v", live, err)
	}
	_, err = l.bench.actuator.Create(context.Background(), schedule("shop-dev-a", nil), l.bench.run())
	if !isClass(err, deployer.ClassExists) {
		t.Errorf("a second one: %v", err)
	}
	delete(f.groups, "shop-dev")
	l.bench.found = nil
	if live, err := l.bench.find(schedule("shop-dev-a", nil)); err != nil || len(live) != 0 {
		t.Errorf("found %v, %v", live, err)
	}
}

// A single time that is over is told as that, whatever AWS calls it.
func TestSchedulePast(t *testing.T) {
	f := newScheduleLab()
	l := f.lab()
	l.bench.clock.now = time.Date(2025, 12, 31, 23, 30, 0, 0, time.UTC)
	at := func(expression, zone string) *resource.Schedule {
		return schedule("shop-dev-a", func(s *resource.Schedule) { s.Expression, s.Timezone = expression, zone })
	}
	over := []string{"the time of the schedule shop-dev-a is over, at(2025-06-01T08:00:00) Europe/Berlin: Invalid Schedule Expression", "a time that is yet to come"}
	wantFailure(t, l.bench.deploy(at("at(2025-06-01T08:00:00)", "Europe/Berlin")), over...)
	if err := l.bench.deploy(at("at(2026-06-01T08:00:00)", "")); err != nil {
		t.Fatal(err)
	}
	wantFailure(t, l.bench.deploy(at("at(2025-06-01T08:00:00)", "Europe/Berlin")), over...)
	// What is not over is refused for another reason.
	for _, zone := range []string{"", "America/New_York"} {
		if err := l.bench.deploy(at("at(2025-12-31T23:45:00)", zone)); err == nil || strings.Contains(err.Error(), "is over") {
			t.Errorf("%s: %v", zone, err)
		}
	}
}
