package aws

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
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
	// rival writes after each write; stale is how many reads after one show what
	// was there before it.
	rival        func(before, now *types.NotificationConfiguration) *types.NotificationConfiguration
	mu           sync.Mutex // of reads, which go side by side
	stale, reads int
	former       map[string]*types.NotificationConfiguration
}

func (f *bucketLab) GetBucketNotificationConfiguration(_ context.Context, in *s3.GetBucketNotificationConfigurationInput, _ ...func(*s3.Options)) (*s3.GetBucketNotificationConfigurationOutput, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reads++
	if err := f.denied[*in.Bucket]; err != nil {
		return nil, err
	}
	c := f.buckets[*in.Bucket]
	if former := f.former[*in.Bucket]; former != nil && f.stale > 0 {
		f.stale--
		c = former
	}
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
		f.former = map[string]*types.NotificationConfiguration{*in.Bucket: f.buckets[*in.Bucket]}
		f.buckets[*in.Bucket] = &copied
		if f.rival != nil {
			f.buckets[*in.Bucket] = f.rival(f.former[*in.Bucket], &copied)
		}
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
}

// A bucket that only an old permission tells of, and that may not be read or is
// not ours any more, is in nobody's way.
func TestNotificationLeftOver(t *testing.T) {
	for code, word := range map[string]string{"AccessDenied": "bucket theirs may not be read", "PermanentRedirect": "bucket theirs is in another region"} {
		f := new(bucketLab)
		l := f.lab()
		f.denied = map[string]error{"theirs": refusal(code, "no")}
		l.bench.permit("shop-dev-a", source.StatementS3, "arn:aws:s3:::theirs")
		want := bucketNotification("photos", bucketEntry("shop-dev-a", "", "", "s3:ObjectCreated:*"))
		if err := l.bench.deploy(want); err != nil {
			t.Fatal(err)
		}
		l.bench.equal(t, want)
		if err := l.bench.deploy(); err != nil {
			t.Fatal(err)
		}
		if len(l.bench.warned) == 0 || !strings.Contains(l.bench.warned[0], word) || !strings.Contains(l.bench.warned[0], "cannot be looked at") {
			t.Errorf("warned %q", l.bench.warned)
		}
	}
	f := new(bucketLab)
	l := f.lab()
	f.denied = map[string]error{"photos": refusal("InternalError", "oops")}
	wantFailure(t, l.bench.deploy(), "oops")
}

// lacking is a document without the entries of some ids.
func lacking(c *types.NotificationConfiguration, ids ...string) *types.NotificationConfiguration {
	copied := *c
	gone := func(id *string) bool { return slices.Contains(ids, *id) }
	copied.LambdaFunctionConfigurations = slices.DeleteFunc(slices.Clone(c.LambdaFunctionConfigurations), func(c types.LambdaFunctionConfiguration) bool { return gone(c.Id) })
	copied.QueueConfigurations = slices.DeleteFunc(slices.Clone(c.QueueConfigurations), func(c types.QueueConfiguration) bool { return gone(c.Id) })
	copied.TopicConfigurations = slices.DeleteFunc(slices.Clone(c.TopicConfigurations), func(c types.TopicConfiguration) bool { return gone(c.Id) })
	return &copied
}

// entryIDs are the ids of a bucket's entries.
func (f *bucketLab) entryIDs(bucket string) string {
	var ids []string
	c := f.buckets[bucket]
	for _, e := range c.LambdaFunctionConfigurations {
		ids = append(ids, *e.Id)
	}
	for _, e := range c.QueueConfigurations {
		ids = append(ids, *e.Id)
	}
	for _, e := range c.TopicConfigurations {
		ids = append(ids, *e.Id)
	}
	slices.Sort(ids)
	return strings.Join(ids, " ")
}

// Who writes a bucket's document at the same time takes nothing away for long.
func TestNotificationRivals(t *testing.T) {
	type document = types.NotificationConfiguration
	hand := types.LambdaFunctionConfiguration{Id: awssdk.String("hand"), LambdaFunctionArn: awssdk.String(testOwner.FunctionARN("thumbnails")), Events: []types.Event{"s3:ObjectAcl:Put"}}
	once := func(f func(before, now *document) *document) func(*bucketLab) {
		return func(l *bucketLab) {
			l.rival = func(before, now *document) *document { l.rival = nil; return f(before, now) }
		}
	}
	for name, c := range map[string]struct {
		set         func(*bucketLab)
		writes      int
		reads       int // 0: not counted
		left, fails string
	}{
		"none":                 {func(*bucketLab) {}, 1, 2, "hand q shop-dev-a shop-dev-other t", ""},
		"none, and S3 is late": {func(f *bucketLab) { f.stale = 2 }, 1, 4, "hand q shop-dev-a shop-dev-other t", ""},
		"one that saw nothing of us": {once(func(before, _ *document) *document { return before }),
			2, 0, "hand q shop-dev-a shop-dev-other t", ""},
		"one that saw less": {once(func(before, _ *document) *document {
			c := lacking(before, "hand", "q", "t")
			c.EventBridgeConfiguration = nil
			return c
		}), 2, 0, "hand q shop-dev-a shop-dev-other t", ""},
		"another stage that goes": {once(func(before, _ *document) *document { return lacking(before, "shop-dev-other") }),
			2, 0, "hand q shop-dev-a t", ""},
		"one that saw us, and removes others": {once(func(_, now *document) *document { return lacking(now, "hand", "q") }),
			1, 2, "shop-dev-a shop-dev-other t", ""},
		"one that does not end": {func(f *bucketLab) { f.rival = func(before, _ *document) *document { return before } },
			writeRounds, 0, "hand q shop-dev-other t", "bucket photos do not stay as they are written"},
		"what was removed leads nowhere": {func(f *bucketLab) {
			f.rival = func(before, _ *document) *document {
				f.rival = nil
				f.refuse = []error{refusal("InvalidArgument", "Unable to validate the following destination configurations")}
				return lacking(before, "hand")
			}
		}, 3, 0, "q shop-dev-a shop-dev-other t", ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := new(bucketLab)
			l := f.lab()
			photos := f.buckets["photos"]
			photos.LambdaFunctionConfigurations = append(photos.LambdaFunctionConfigurations[:1], hand)
			want := bucketNotification("photos", bucketEntry("shop-dev-a", "", "", "s3:ObjectCreated:*"))
			c.set(f)
			_, err := l.bench.actuator.Create(context.Background(), want, l.bench.run())
			switch {
			case c.fails != "":
				wantFailure(t, err, c.fails, "run the command again")
			case err != nil:
				t.Fatal(err)
			}
			if got := f.entryIDs("photos"); got != c.left || f.buckets["photos"].EventBridgeConfiguration == nil {
				t.Errorf("left are %s, want %s", got, c.left)
			}
			if f.calls != c.writes || c.reads > 0 && f.reads != c.reads {
				t.Errorf("%d writes and %d reads", f.calls, f.reads)
			}
		})
	}
}
