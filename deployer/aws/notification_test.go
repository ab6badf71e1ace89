package aws

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/chalicefile/chalicefile/deployer/state"
	"github.com/chalicefile/chalicefile/internal/resource"
	"github.com/chalicefile/chalicefile/internal/source"
)

// bucketLab is S3 as far as notifications go.
type bucketLab struct {
	trouble
	buckets map[string]*types.NotificationConfiguration
	// refuse is what the next writes are answered with.
	refuse []error
	denied map[string]error
}

func (f *bucketLab) GetBucketNotificationConfiguration(_ context.Context, in *s3.GetBucketNotificationConfigurationInput, _ ...func(*s3.Options)) (*s3.GetBucketNotificationConfigurationOutput, error) {
	if err := f.denied[*in.Bucket]; err != nil {
		return nil, err
	}
	c := f.buckets[*in.Bucket]
	if c == nil {
		return nil, refusal("NoSuchBucket", "The specified bucket does not exist")
	}
	if awssdk.ToString(in.ExpectedBucketOwner) != testOwner.Account {
		return nil, refusal("AccessDenied", "Access Denied")
	}
	return &s3.GetBucketNotificationConfigurationOutput{
		EventBridgeConfiguration: c.EventBridgeConfiguration, QueueConfigurations: c.QueueConfigurations,
		LambdaFunctionConfigurations: c.LambdaFunctionConfigurations, TopicConfigurations: c.TopicConfigurations,
	}, nil
}

func (f *bucketLab) PutBucketNotificationConfiguration(_ context.Context, in *s3.PutBucketNotificationConfigurationInput, _ ...func(*s3.Options)) (*s3.PutBucketNotificationConfigurationOutput, error) {
	return nil, f.mutate("put", func() error {
		if len(f.refuse) > 0 && !awssdk.ToBool(in.SkipDestinationValidation) {
			err := f.refuse[0]
			f.refuse = f.refuse[1:]
			return err
		}
		copied := *in.NotificationConfiguration
		copied.LambdaFunctionConfigurations = slices.Clone(copied.LambdaFunctionConfigurations)
		for i, c := range copied.LambdaFunctionConfigurations {
			if c.Filter == nil {
				continue
			}
			rules := slices.Clone(c.Filter.Key.FilterRules)
			for j := range rules { // S3 gives them back with a capital
				rules[j].Name = types.FilterRuleName(strings.ToUpper(string(rules[j].Name[:1])) + string(rules[j].Name[1:]))
			}
			copied.LambdaFunctionConfigurations[i].Filter = &types.NotificationConfigurationFilter{Key: &types.S3KeyFilter{FilterRules: rules}}
		}
		f.buckets[*in.Bucket] = &copied
		return nil
	})
}

// foreign is what others have in a bucket.
func foreign() *types.NotificationConfiguration {
	return &types.NotificationConfiguration{
		EventBridgeConfiguration: &types.EventBridgeConfiguration{},
		QueueConfigurations: []types.QueueConfiguration{{
			Id: awssdk.String("q"), QueueArn: awssdk.String(queueA), Events: []types.Event{"s3:ObjectRemoved:Delete"},
			Filter: &types.NotificationConfigurationFilter{Key: &types.S3KeyFilter{FilterRules: []types.FilterRule{{Name: "Prefix", Value: awssdk.String("in/")}}}},
		}},
		TopicConfigurations: []types.TopicConfiguration{{Id: awssdk.String("t"), TopicArn: awssdk.String("arn:aws:sns:eu-west-1:1:t"), Events: []types.Event{"s3:ObjectRestore:*"}}},
		LambdaFunctionConfigurations: []types.LambdaFunctionConfiguration{
			{Id: awssdk.String("shop-dev-other"), LambdaFunctionArn: awssdk.String(testOwner.FunctionARN("shop-dev-other")), Events: []types.Event{"s3:ObjectTagging:*", "s3:ObjectAcl:Put"}},
			{Id: awssdk.String("shop-dev-a"), LambdaFunctionArn: awssdk.String("arn:aws:lambda:us-east-1:123456789012:function:shop-dev-a"), Events: []types.Event{"s3:IntelligentTiering"}},
		},
	}
}

func (f *bucketLab) lab() *lab {
	f.buckets = map[string]*types.NotificationConfiguration{"photos": foreign(), "films": foreign(), "untouched": foreign()}
	b := newBench(&notifications{f}, "shop-dev-a", "shop-dev-b")
	b.permit("shop-dev-a", source.StatementS3, "arn:aws:s3:::photos")
	b.permit("shop-dev-b", source.StatementS3, "arn:aws:s3:::films")
	b.permit("shop-dev-b", source.StatementS3, "arn:aws:s3:::gone")
	b.recorded = []state.Resource{{ID: resource.ID{Kind: resource.KindNotification, Name: "gone-too"}}}
	return &lab{b, &f.trouble, func() string {
		var text strings.Builder
		for _, name := range []string{"photos", "films", "untouched"} {
			c := f.buckets[name]
			fmt.Fprintf(&text, "%s: %v", name, c.EventBridgeConfiguration != nil)
			for _, q := range c.QueueConfigurations {
				fmt.Fprintf(&text, " %s %s %v %v", *q.Id, *q.QueueArn, q.Events, *q.Filter.Key.FilterRules[0].Value)
			}
			for _, q := range c.TopicConfigurations {
				fmt.Fprintf(&text, " %s %s %v", *q.Id, *q.TopicArn, q.Events)
			}
			for _, l := range c.LambdaFunctionConfigurations {
				if arn := *l.LambdaFunctionArn; arn != testOwner.FunctionARN("shop-dev-a") && arn != testOwner.FunctionARN("shop-dev-b") {
					fmt.Fprintf(&text, " %s %s %v", *l.Id, arn, l.Events)
				}
			}
			text.WriteByte('\n')
		}
		return text.String()
	}}
}

func bucketEntry(name, prefix, suffix string, events ...string) resource.NotificationEntry {
	return resource.NotificationEntry{ID: name, FunctionARN: testOwner.FunctionARN(name), Events: events, Prefix: prefix, Suffix: suffix}
}

func bucketNotification(bucket string, entries ...resource.NotificationEntry) *resource.Notification {
	return &resource.Notification{Bucket: bucket, Account: testOwner.Account, Entries: entries}
}

func TestNotifications(t *testing.T) {
	stages(t, func() *lab { return new(bucketLab).lab() },
		[]resource.Resource{bucketNotification("photos", bucketEntry("shop-dev-a", "", "", "s3:ObjectCreated:*"))},
		[]resource.Resource{
			bucketNotification("photos", bucketEntry("shop-dev-a", "in/", ".jpg", "s3:ObjectCreated:Copy", "s3:ObjectCreated:Put"), bucketEntry("shop-dev-b", "x/", "", "s3:ObjectCreated:*")),
			bucketNotification("films", bucketEntry("shop-dev-b", "", ".mp4", "s3:ObjectCreated:*")),
		},
		[]resource.Resource{bucketNotification("films", bucketEntry("shop-dev-b", "", ".mkv", "s3:ObjectCreated:*"))},
	)
}

func TestNotificationOrder(t *testing.T) {
	l := new(bucketLab).lab()
	want := bucketNotification("photos", bucketEntry("shop-dev-a", "", "", "s3:ObjectCreated:*"))
	if err := l.bench.deploy(want); err != nil {
		t.Fatal(err)
	}
	live, err := l.bench.find()
	if err != nil || len(live) != 1 || fmt.Sprint(live[0].DependsOn) != "[permission/shop-dev-a/chalicefile-s3 function/shop-dev-a]" {
		t.Errorf("found %+v, %v", live, err)
	}
}

func TestNotificationWaits(t *testing.T) {
	invalid := refusal("InvalidArgument", "Unable to validate the following destination configurations")
	f := new(bucketLab)
	l := f.lab()
	want := bucketNotification("photos", bucketEntry("shop-dev-a", "", "", "s3:ObjectCreated:*"))
	f.refuse = []error{invalid, invalid, invalid}
	if err := l.bench.deploy(want); err != nil {
		t.Fatal(err)
	}
	f.refuse = slices.Repeat([]error{invalid}, 1000)
	want.Entries[0].Prefix = "x"
	wantFailure(t, l.bench.deploy(want), "Unable to validate", "statement chalicefile-s3")
	if err := l.bench.deploy(); err != nil {
		t.Errorf("removal asks where the others lead: %v", err)
	}
}

func TestNotificationRefused(t *testing.T) {
	f := new(bucketLab)
	l := f.lab()
	f.denied = map[string]error{
		"theirs": refusal("AccessDenied", "Access Denied"),
		"abroad": refusal("PermanentRedirect", "The bucket you are attempting to access must be addressed using the specified endpoint."),
	}
	entry := bucketEntry("shop-dev-a", "in/sub/", "", "s3:ObjectRemoved:*")
	wantFailure(t, l.bench.deploy(bucketNotification("nowhere", entry)), "there is no bucket nowhere", "make it")
	wantFailure(t, l.bench.deploy(bucketNotification("theirs", entry)), "bucket theirs may not be read", "s3:GetBucketNotification")
	wantFailure(t, l.bench.deploy(bucketNotification("abroad", entry)), "the bucket abroad is in another region")
	f.refuse = []error{refusal("InvalidArgument", "Configurations overlap. Configurations on the same bucket cannot share a common event type.")}
	wantFailure(t, l.bench.deploy(bucketNotification("photos", entry)), "Configurations overlap", `the entry "q" of the bucket photos sends the same events to `+queueA)
	// That of a bucket that is only left over must not be overlooked.
	l.bench.permit("shop-dev-a", source.StatementS3, "arn:aws:s3:::theirs")
	wantFailure(t, l.bench.deploy(), "bucket theirs may not be read")
}
