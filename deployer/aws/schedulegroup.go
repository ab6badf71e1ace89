package aws

import (
	"context"
	"slices"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// groupAPI is what groups of schedules take of EventBridge Scheduler.
type groupAPI interface {
	GetScheduleGroup(context.Context, *scheduler.GetScheduleGroupInput, ...func(*scheduler.Options)) (*scheduler.GetScheduleGroupOutput, error)
	CreateScheduleGroup(context.Context, *scheduler.CreateScheduleGroupInput, ...func(*scheduler.Options)) (*scheduler.CreateScheduleGroupOutput, error)
	DeleteScheduleGroup(context.Context, *scheduler.DeleteScheduleGroupInput, ...func(*scheduler.Options)) (*scheduler.DeleteScheduleGroupOutput, error)
	ListTagsForResource(context.Context, *scheduler.ListTagsForResourceInput, ...func(*scheduler.Options)) (*scheduler.ListTagsForResourceOutput, error)
	TagResource(context.Context, *scheduler.TagResourceInput, ...func(*scheduler.Options)) (*scheduler.TagResourceOutput, error)
	UntagResource(context.Context, *scheduler.UntagResourceInput, ...func(*scheduler.Options)) (*scheduler.UntagResourceOutput, error)
}

// scheduleGroups is the actuator of groups of schedules. A group that is being
// deleted is as good as none.
type scheduleGroups struct{ api groupAPI }

func newScheduleGroups(c *Clients) deployer.Actuator { return &scheduleGroups{c.Scheduler} }

// Find implements deployer.Actuator. A stage has one group, of a known name.
func (g *scheduleGroups) Find(ctx context.Context, q *deployer.Query) ([]*deployer.Live, error) {
	var names, wanted []string
	for _, w := range q.Want {
		wanted = append(wanted, w.(*resource.ScheduleGroup).Name)
	}
	if !q.Narrow {
		names = append(names, q.Owner.App+"-"+q.Owner.Stage)
		for _, r := range q.Recorded {
			names = append(names, r.ID.Name)
		}
	}
	all, err := each(ctx, distinct(names, wanted), func(ctx context.Context, name string) (*deployer.Live, error) {
		return g.read(ctx, q.Owner, name, slices.Contains(wanted, name))
	})
	return present(all), err
}

// read reads a group; nil where there is none, or somebody else's that is not
// wanted.
func (g *scheduleGroups) read(ctx context.Context, owner resource.Owner, name string, wanted bool) (*deployer.Live, error) {
	arn, err := g.active(ctx, name)
	if arn == "" || err != nil {
		return nil, err
	}
	tags, err := g.api.ListTagsForResource(ctx, &scheduler.ListTagsForResourceInput{ResourceArn: &arn})
	if isClass(err, deployer.ClassNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fail(err)
	}
	r := &resource.ScheduleGroup{Name: name, Tags: tagMap(tags.Tags, func(t types.Tag) (*string, *string) { return t.Key, t.Value })}
	live := &deployer.Live{ID: r.ID(), Resource: r, Attributes: deployer.Attributes{resource.AttrARN: arn}, Title: "schedule group: " + name}
	live.Owned, live.Owner = ownership(owner, r.Tags)
	if !live.Owned && !wanted {
		return nil, nil
	}
	return live, nil
}

// active is the ARN of a group that is not being deleted, "" where there is
// none.
func (g *scheduleGroups) active(ctx context.Context, name string) (string, error) {
	o, err := g.api.GetScheduleGroup(ctx, &scheduler.GetScheduleGroupInput{Name: &name})
	if isClass(err, deployer.ClassNotFound) {
		return "", nil
	}
	if err != nil {
		return "", fail(err)
	}
	if o.State == types.ScheduleGroupStateDeleting {
		return "", nil
	}
	return awssdk.ToString(o.Arn), nil
}

// Create implements deployer.Actuator. A group of the name that is being
// deleted is waited for.
func (g *scheduleGroups) Create(ctx context.Context, want resource.Resource, run *deployer.Run) (deployer.Attributes, error) {
	w := want.(*resource.ScheduleGroup)
	input := &scheduler.CreateScheduleGroupInput{Name: &w.Name, Tags: groupTags(w.Tags)}
	var arn string
	err := waitFor(ctx, run, "the schedule group "+w.Name+" to be deleted", busyLimit, func(ctx context.Context) (bool, error) {
		o, err := g.api.CreateScheduleGroup(ctx, input)
		if err == nil {
			arn = awssdk.ToString(o.ScheduleGroupArn)
			return true, nil
		}
		if !isCode(err, "ConflictException") {
			return false, fail(err)
		}
		f := failureOf(err)
		f.Class = deployer.ClassExists
		there, err := g.active(ctx, w.Name)
		if err != nil {
			return false, err
		}
		if there == "" {
			f.Class = deployer.ClassLater
		}
		return false, f
	})
	if err != nil {
		return nil, err
	}
	return deployer.Attributes{resource.AttrARN: arn}, nil
}

// Update implements deployer.Actuator: a group is its tags.
func (g *scheduleGroups) Update(ctx context.Context, want resource.Resource, live *deployer.Live, _ []deployer.Change, _ *deployer.Run) (deployer.Attributes, error) {
	arn := live.Attributes[resource.AttrARN]
	set, remove := tagDiff(want.(*resource.ScheduleGroup).Tags, live.Resource.(*resource.ScheduleGroup).Tags)
	if len(set) > 0 {
		if _, err := g.api.TagResource(ctx, &scheduler.TagResourceInput{ResourceArn: &arn, Tags: groupTags(set)}); err != nil {
			return nil, fail(err)
		}
	}
	if len(remove) > 0 {
		if _, err := g.api.UntagResource(ctx, &scheduler.UntagResourceInput{ResourceArn: &arn, TagKeys: remove}); err != nil {
			return nil, fail(err)
		}
	}
	return live.Attributes, nil
}

// Delete implements deployer.Actuator. The schedules go with the group, some
// time after the answer; only another group of the name must wait for that.
func (g *scheduleGroups) Delete(ctx context.Context, live *deployer.Live, run *deployer.Run) error {
	name := live.ID.Name
	return persist(ctx, run, "the group of schedules to be ready for its deletion", busyLimit, schedulerBusy, "", func(ctx context.Context) error {
		_, err := g.api.DeleteScheduleGroup(ctx, &scheduler.DeleteScheduleGroupInput{Name: &name})
		if err == nil {
			return nil
		}
		if arn, readErr := g.active(ctx, name); readErr == nil && arn == "" {
			return nil // an earlier attempt succeeded, whose answer was lost
		}
		return err
	})
}

func groupTags(tags map[string]string) []types.Tag {
	return tagList(tags, func(key, value string) types.Tag { return types.Tag{Key: &key, Value: &value} })
}
