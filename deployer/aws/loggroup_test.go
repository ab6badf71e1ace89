package aws

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/deployer/state"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// logs are log groups, with tags by ARN.
type logs struct {
	trouble
	groups map[string]*types.LogGroup
	tags   map[string]map[string]string
}

func logARN(name string) string { return testOwner.ARN("logs", "log-group:"+name) }

func (l *logs) make(name string, tags map[string]string) {
	l.groups[name] = &types.LogGroup{LogGroupName: &name, Arn: awssdk.String(logARN(name) + ":*")}
	l.tags[logARN(name)] = maps.Clone(tags)
}

func (l *logs) DescribeLogGroups(_ context.Context, in *cloudwatchlogs.DescribeLogGroupsInput, _ ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.DescribeLogGroupsOutput, error) {
	out := &cloudwatchlogs.DescribeLogGroupsOutput{}
	for _, name := range slices.Sorted(maps.Keys(l.groups)) {
		if strings.HasPrefix(name, *in.LogGroupNamePrefix) {
			out.LogGroups = append(out.LogGroups, *l.groups[name])
		}
	}
	return out, nil
}

func (l *logs) ListTagsForResource(_ context.Context, in *cloudwatchlogs.ListTagsForResourceInput, _ ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.ListTagsForResourceOutput, error) {
	tags, ok := l.tags[*in.ResourceArn]
	if !ok {
		return nil, answered("CloudWatch Logs", "ListTagsForResource", 400, "ResourceNotFoundException", "The specified log group does not exist.")
	}
	return &cloudwatchlogs.ListTagsForResourceOutput{Tags: maps.Clone(tags)}, nil
}

func (l *logs) CreateLogGroup(_ context.Context, in *cloudwatchlogs.CreateLogGroupInput, _ ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.CreateLogGroupOutput, error) {
	return nil, l.mutate("create", func() error { l.make(*in.LogGroupName, in.Tags); return nil })
}

func (l *logs) DeleteLogGroup(_ context.Context, in *cloudwatchlogs.DeleteLogGroupInput, _ ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.DeleteLogGroupOutput, error) {
	return nil, l.mutate("delete", func() error { delete(l.groups, *in.LogGroupName); return nil })
}

func (l *logs) PutRetentionPolicy(_ context.Context, in *cloudwatchlogs.PutRetentionPolicyInput, _ ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.PutRetentionPolicyOutput, error) {
	return nil, l.mutate("retain", func() error { l.groups[*in.LogGroupName].RetentionInDays = in.RetentionInDays; return nil })
}

func (l *logs) DeleteRetentionPolicy(_ context.Context, in *cloudwatchlogs.DeleteRetentionPolicyInput, _ ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.DeleteRetentionPolicyOutput, error) {
	return nil, l.mutate("keep", func() error { l.groups[*in.LogGroupName].RetentionInDays = nil; return nil })
}

func (l *logs) TagResource(_ context.Context, in *cloudwatchlogs.TagResourceInput, _ ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.TagResourceOutput, error) {
	return nil, l.mutate("tag", func() error {
		tags := maps.Clone(in.Tags)
		maps.Copy(tags, l.tags[*in.ResourceArn])
		maps.Copy(tags, in.Tags)
		l.tags[*in.ResourceArn] = tags
		return nil
	})
}

func (l *logs) UntagResource(_ context.Context, in *cloudwatchlogs.UntagResourceInput, _ ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.UntagResourceOutput, error) {
	return nil, l.mutate("untag", func() error {
		for _, key := range in.TagKeys {
			delete(l.tags[*in.ResourceArn], key)
		}
		return nil
	})
}

func newLogs() *logs {
	return &logs{groups: map[string]*types.LogGroup{}, tags: map[string]map[string]string{}}
}

func testLogs(name string, days int, more ...string) *resource.LogGroup {
	tags := testOwner.Tags()
	for _, key := range more {
		tags[key] = "x"
	}
	return &resource.LogGroup{Name: "/aws/lambda/" + name, Retention: days, Tags: tags}
}

func TestLogGroupStages(t *testing.T) {
	stages(t, func() *lab {
		l := newLogs()
		l.make("/aws/lambda/shop-dev2", nil)
		return &lab{newBench(&logGroups{l}), &l.trouble, func() string { return logARN(*l.groups["/aws/lambda/shop-dev2"].LogGroupName) }}
	}, []resource.Resource{testLogs("shop-dev", 7)}, []resource.Resource{testLogs("shop-dev", 0, "team"), testLogs("shop-dev-work", 30)}, []resource.Resource{testLogs("shop-dev", 14)})
}

// TestWhoseLogGroups: what Lambda made is taken, what is somebody else's is not,
// and what only begins as the app's names is not even looked at.
func TestWhoseLogGroups(t *testing.T) {
	l := newLogs()
	l.make("/aws/lambda/shop-dev", nil)
	l.make("/aws/lambda/shop-dev-a", map[string]string{resource.TagApp: "else", resource.TagStage: "x", resource.TagRegion: testOwner.Region})
	l.make("/aws/lambda/shop-dev-old", testOwner.Tags())
	l.make("/aws/lambda/shop-dev-theirs", nil)
	l.make("/aws/lambda/shop-dev2", testOwner.Tags())
	l.make("elsewhere", testOwner.Tags())
	b := newBench(&logGroups{l})
	b.recorded = []state.Resource{{ID: resource.ID{Kind: resource.KindLogGroup, Name: "elsewhere"}}}
	live, err := b.find(testLogs("shop-dev", 0), testLogs("shop-dev-a", 0))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, g := range live {
		got[g.ID.Name] = map[bool]string{true: "ours"}[g.Owned] + g.Owner
	}
	want := map[string]string{"/aws/lambda/shop-dev": "ours", "/aws/lambda/shop-dev-a": "app else, stage x", "/aws/lambda/shop-dev-old": "ours", "elsewhere": "ours"}
	if !maps.Equal(got, want) {
		t.Errorf("found %v", got)
	}
}

// TestLogsOfForeignFunctions: who deletes a stage that was never deployed, with
// its logs, leaves those of somebody else's function of the same name alone.
func TestLogsOfForeignFunctions(t *testing.T) {
	l := newLogs()
	b := newBench(&logGroups{l}, "shop-dev-mine")
	b.leaving = true
	for name, tags := range map[string]map[string]string{"theirs": nil, "left": testOwner.Tags(), "mine": nil, "gone": nil} {
		l.make("/aws/lambda/shop-dev-"+name, tags)
	}
	for _, name := range []string{"shop-dev-theirs", "shop-dev-left"} {
		b.found[resource.KindFunction] = append(b.found[resource.KindFunction], &deployer.Live{ID: resource.FunctionID(name)})
	}
	live, err := b.find(testLogs("shop-dev-theirs", 0), testLogs("shop-dev-left", 0), testLogs("shop-dev-mine", 0), testLogs("shop-dev-gone", 0))
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range live {
		if g.Owned != (g.ID.Name != "/aws/lambda/shop-dev-theirs") {
			t.Errorf("%s: owned is %v", g.ID.Name, g.Owned)
		}
	}
	if len(live) != 4 {
		t.Errorf("found %d", len(live))
	}
}
