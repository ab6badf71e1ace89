package aws

import (
	"context"
	"slices"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// logGroupAPI is what log groups need.
type logGroupAPI interface {
	DescribeLogGroups(context.Context, *cloudwatchlogs.DescribeLogGroupsInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.DescribeLogGroupsOutput, error)
	ListTagsForResource(context.Context, *cloudwatchlogs.ListTagsForResourceInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.ListTagsForResourceOutput, error)
	CreateLogGroup(context.Context, *cloudwatchlogs.CreateLogGroupInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.CreateLogGroupOutput, error)
	DeleteLogGroup(context.Context, *cloudwatchlogs.DeleteLogGroupInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.DeleteLogGroupOutput, error)
	logGroupSettings
}

// logGroupSettings changes log groups.
type logGroupSettings interface {
	PutRetentionPolicy(context.Context, *cloudwatchlogs.PutRetentionPolicyInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.PutRetentionPolicyOutput, error)
	DeleteRetentionPolicy(context.Context, *cloudwatchlogs.DeleteRetentionPolicyInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.DeleteRetentionPolicyOutput, error)
	TagResource(context.Context, *cloudwatchlogs.TagResourceInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.TagResourceOutput, error)
	UntagResource(context.Context, *cloudwatchlogs.UntagResourceInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.UntagResourceOutput, error)
}

// logGroupPrefix stands before a function's name in that of its log group.
const logGroupPrefix = "/aws/lambda/"

// logGroups are those of the functions.
type logGroups struct{ api logGroupAPI }

func newLogGroups(c *Clients) deployer.Actuator { return &logGroups{c.Logs} }

// Find lists what begins as the app's log groups do, and reads the tags of each.
// One of a wanted name without an owner's tags was made by Lambda: it is the
// owner's.
func (g *logGroups) Find(ctx context.Context, q *deployer.Query) ([]*deployer.Live, error) {
	stem := logGroupPrefix + q.Owner.App + "-" + q.Owner.Stage
	wanted := map[string]bool{}
	prefixes := []string{stem}
	for _, w := range q.Want {
		name := w.ID().Name
		wanted[name] = true
		if !strings.HasPrefix(name, stem) {
			prefixes = append(prefixes, name)
		}
	}
	for _, r := range q.Recorded {
		if !strings.HasPrefix(r.ID.Name, stem) && !wanted[r.ID.Name] && !q.Narrow {
			prefixes = append(prefixes, r.ID.Name)
		}
	}
	lists, err := each(ctx, prefixes, g.list)
	if err != nil {
		return nil, err
	}
	groups := map[string]types.LogGroup{}
	var names []string
	for i, list := range lists {
		for _, group := range list {
			name := awssdk.ToString(group.LogGroupName)
			_, twice := groups[name]
			// Another app's name may begin with ours: shop-dev, shop-dev2.
			ours := name == stem || strings.HasPrefix(name, stem+"-") || name == prefixes[i]
			if twice || !wanted[name] && (q.Narrow || !ours) {
				continue
			}
			groups[name] = group
			names = append(names, name)
		}
	}
	live, err := each(ctx, names, func(ctx context.Context, name string) (*deployer.Live, error) {
		return g.live(ctx, q.Owner, groups[name], wanted[name])
	})
	live = present(live)
	disown(q, live)
	return live, err
}

// disown leaves the log groups of somebody else's functions to them: those have
// the names of functions that were never deployed, and no tags that say whose
// they are. A deploy does not go on where there are such functions.
func disown(q *deployer.Query, live []*deployer.Live) {
	for _, l := range live {
		if !q.Leaving || !l.Owned {
			continue
		}
		if owned, _ := ownership(q.Owner, l.Resource.(*resource.LogGroup).Tags); owned {
			continue
		}
		l.Owned = !slices.ContainsFunc(q.Found(resource.KindFunction), func(f *deployer.Live) bool {
			return !f.Owned && l.ID.Name == logGroupPrefix+f.ID.Name
		})
	}
}

func (g *logGroups) list(ctx context.Context, prefix string) ([]types.LogGroup, error) {
	return everyPage(ctx, cloudwatchlogs.NewDescribeLogGroupsPaginator(g.api, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: &prefix}), func(page *cloudwatchlogs.DescribeLogGroupsOutput) []types.LogGroup { return page.LogGroups })
}

func (g *logGroups) live(ctx context.Context, owner resource.Owner, group types.LogGroup, wanted bool) (*deployer.Live, error) {
	name := awssdk.ToString(group.LogGroupName)
	arn := strings.TrimSuffix(awssdk.ToString(group.Arn), ":*")
	out, err := g.api.ListTagsForResource(ctx, &cloudwatchlogs.ListTagsForResourceInput{ResourceArn: &arn})
	if err != nil {
		return nil, unlessGone(err)
	}
	tags := plainTags(out.Tags)
	owned, other := ownership(owner, tags)
	if !wanted && !owned {
		return nil, nil
	}
	return &deployer.Live{
		ID:       resource.ID{Kind: resource.KindLogGroup, Name: name},
		Resource: &resource.LogGroup{Name: name, Retention: int(awssdk.ToInt32(group.RetentionInDays)), Tags: tags},
		Owned:    owned || other == "", Owner: other, Title: "log group: " + name, Handle: arn,
	}, nil
}

// Create makes a log group with its tags, and says how long it keeps events.
func (g *logGroups) Create(ctx context.Context, want resource.Resource, run *deployer.Run) (deployer.Attributes, error) {
	w := want.(*resource.LogGroup)
	if _, err := g.api.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &w.Name, Tags: w.Tags}); err != nil {
		return nil, err
	}
	if w.Retention == 0 {
		return nil, nil
	}
	return nil, whenKnown(ctx, run, "the log group "+w.Name+" to be known", func(ctx context.Context) error { return g.retain(ctx, w) })
}

func (g *logGroups) retain(ctx context.Context, w *resource.LogGroup) error {
	if w.Retention == 0 {
		_, err := g.api.DeleteRetentionPolicy(ctx, &cloudwatchlogs.DeleteRetentionPolicyInput{LogGroupName: &w.Name})
		return err
	}
	_, err := g.api.PutRetentionPolicy(ctx, &cloudwatchlogs.PutRetentionPolicyInput{LogGroupName: &w.Name, RetentionInDays: awssdk.Int32(int32(w.Retention))})
	return err
}

// Update changes what differs.
func (g *logGroups) Update(ctx context.Context, want resource.Resource, live *deployer.Live, changes []deployer.Change, _ *deployer.Run) (deployer.Attributes, error) {
	w := want.(*resource.LogGroup)
	if changed(changes, "log_retention") {
		if err := g.retain(ctx, w); err != nil {
			return nil, err
		}
	}
	if !changed(changes, "tags") {
		return nil, nil
	}
	arn, _ := live.Handle.(string)
	set, remove := tagDiff(w.Tags, live.Resource.(*resource.LogGroup).Tags)
	if len(set) > 0 {
		if _, err := g.api.TagResource(ctx, &cloudwatchlogs.TagResourceInput{ResourceArn: &arn, Tags: set}); err != nil {
			return nil, err
		}
	}
	if len(remove) > 0 {
		if _, err := g.api.UntagResource(ctx, &cloudwatchlogs.UntagResourceInput{ResourceArn: &arn, TagKeys: remove}); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// Delete removes it with all that was logged.
func (g *logGroups) Delete(ctx context.Context, live *deployer.Live, _ *deployer.Run) error {
	_, err := g.api.DeleteLogGroup(ctx, &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: &live.ID.Name})
	return unlessGone(err)
}
