package aws

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
	"github.com/chalicefile/chalicefile/internal/source"
)

// notificationAPI is what buckets' notifications take of S3.
type notificationAPI interface {
	GetBucketNotificationConfiguration(context.Context, *s3.GetBucketNotificationConfigurationInput, ...func(*s3.Options)) (*s3.GetBucketNotificationConfigurationOutput, error)
	PutBucketNotificationConfiguration(context.Context, *s3.PutBucketNotificationConfigurationInput, ...func(*s3.Options)) (*s3.PutBucketNotificationConfigurationOutput, error)
}

// notifications is the actuator of what buckets tell functions. A bucket has
// one document of notifications: it is read right before it is written, and the
// entries of others stay in it as they are.
type notifications struct{ api notificationAPI }

func newNotifications(c *Clients) deployer.Actuator { return &notifications{c.S3} }

// Find implements deployer.Actuator: the entries for the owner's functions, in
// the wanted buckets and in those that may call a function.
func (n *notifications) Find(ctx context.Context, q *deployer.Query) ([]*deployer.Live, error) {
	wanted := map[string]*resource.Notification{}
	var buckets []string
	for _, w := range q.Want {
		want := w.(*resource.Notification)
		wanted[want.Bucket] = want
		buckets = append(buckets, want.Bucket)
	}
	if !q.Narrow {
		for _, r := range q.Recorded {
			buckets = append(buckets, r.ID.Name)
		}
	}
	account := func(bucket string) string {
		if want := wanted[bucket]; want != nil {
			return want.Account
		}
		return q.Owner.Account
	}
	documents, err := ahead(ctx, buckets, func() (others []string) {
		if q.Narrow {
			return nil
		}
		for _, arn := range permitted(q, source.StatementS3) {
			others = append(others, arn[strings.LastIndexByte(arn, ':')+1:])
		}
		return others
	}, func(ctx context.Context, bucket string) (*types.NotificationConfiguration, error) {
		return n.look(ctx, q, bucket, account(bucket), wanted[bucket] != nil)
	})
	if err != nil {
		return nil, err
	}
	functions := functionClaims(q)
	for _, want := range wanted {
		for _, e := range want.Entries {
			functions.add(functionName(e.FunctionARN))
		}
	}
	var all []*deployer.Live
	for _, bucket := range slices.Sorted(maps.Keys(documents)) {
		if document := documents[bucket]; document != nil {
			all = append(all, notificationLive(q, functions, bucket, account(bucket), document))
		}
	}
	return present(all), nil
}

// look reads a bucket's document; nil where there is no bucket to read it of.
func (n *notifications) look(ctx context.Context, q *deployer.Query, bucket, account string, wanted bool) (*types.NotificationConfiguration, error) {
	document, err := n.read(ctx, bucket, account)
	needed := wanted && !q.Leaving
	switch {
	case err == nil:
		return document, nil
	case isGone(err) && !needed:
		return nil, nil
	case isElsewhere(err) && !needed, isClass(err, deployer.ClassDenied) && !wanted:
		// It was deleted, and its name is somebody else's now, or the caller may
		// do less than whoever deployed before.
		if q.Warn != nil {
			q.Warn("what the bucket " + bucket + " sends to functions of this stage cannot be looked at, and stays: " + err.Error())
		}
		return nil, nil
	case isGone(err), isElsewhere(err):
		return nil, q.Lack([]resource.ID{(&resource.Notification{Bucket: bucket}).ID()}, err)
	}
	return nil, err
}

// notificationLive is the owner's part of a document; nil where there is none.
func notificationLive(q *deployer.Query, functions claims, bucket, account string, document *types.NotificationConfiguration) *deployer.Live {
	r := &resource.Notification{Bucket: bucket, Account: account}
	live := &deployer.Live{ID: r.ID(), Resource: r, Owned: true, Title: "bucket notification: " + bucket}
	for _, c := range document.LambdaFunctionConfigurations {
		arn := awssdk.ToString(c.LambdaFunctionArn)
		name := functionName(arn)
		if !functions[name] || !strings.HasPrefix(arn, q.Owner.FunctionARN(name)) {
			continue
		}
		r.Entries = append(r.Entries, entryOf(c))
		live.DependsOn = append(live.DependsOn, callOf(name, source.StatementS3)...)
	}
	if len(r.Entries) == 0 {
		return nil
	}
	slices.SortFunc(r.Entries, func(a, b resource.NotificationEntry) int { return strings.Compare(a.ID, b.ID) })
	return live
}

// entryOf is an entry in the form of a wanted one. S3 writes the names of filter
// rules with a capital, and takes either.
func entryOf(c types.LambdaFunctionConfiguration) resource.NotificationEntry {
	e := resource.NotificationEntry{ID: awssdk.ToString(c.Id), FunctionARN: awssdk.ToString(c.LambdaFunctionArn), Events: eventNames(c.Events)}
	e.Prefix, e.Suffix = filterOf(c.Filter)
	return e
}

func eventNames(events []types.Event) []string {
	var names []string
	for _, e := range events {
		names = append(names, string(e))
	}
	slices.Sort(names)
	return names
}

func filterOf(f *types.NotificationConfigurationFilter) (prefix, suffix string) {
	if f == nil || f.Key == nil {
		return "", ""
	}
	for _, rule := range f.Key.FilterRules {
		switch strings.ToLower(string(rule.Name)) {
		case "prefix":
			prefix = awssdk.ToString(rule.Value)
		case "suffix":
			suffix = awssdk.ToString(rule.Value)
		}
	}
	return prefix, suffix
}

// Create implements deployer.Actuator.
func (n *notifications) Create(ctx context.Context, want resource.Resource, run *deployer.Run) (deployer.Attributes, error) {
	return nil, n.write(ctx, want.(*resource.Notification), nil, run)
}

// Update implements deployer.Actuator.
func (n *notifications) Update(ctx context.Context, want resource.Resource, live *deployer.Live, _ []deployer.Change, run *deployer.Run) (deployer.Attributes, error) {
	return nil, n.write(ctx, want.(*resource.Notification), live.Resource.(*resource.Notification).Entries, run)
}

// Delete implements deployer.Actuator. It does not ask S3 to look at where the
// entries that stay lead to, which may not be there any more.
func (n *notifications) Delete(ctx context.Context, live *deployer.Live, run *deployer.Run) error {
	r := live.Resource.(*resource.Notification)
	err := n.write(ctx, &resource.Notification{Bucket: r.Bucket, Account: r.Account}, r.Entries, run)
	if isGone(err) {
		return nil
	}
	return err
}

// pathStyle keeps buckets out of the host names of emulators, which need not
// have such names.
func pathStyle(o *s3.Options) { o.UsePathStyle = o.UsePathStyle || o.BaseEndpoint != nil }

func skip(on bool) *bool {
	if !on {
		return nil
	}
	return &on
}

// configurationOf is an entry as S3 has it.
func configurationOf(e resource.NotificationEntry) types.LambdaFunctionConfiguration {
	c := types.LambdaFunctionConfiguration{Id: &e.ID, LambdaFunctionArn: &e.FunctionARN}
	for _, name := range e.Events {
		c.Events = append(c.Events, types.Event(name))
	}
	var rules []types.FilterRule
	if e.Prefix != "" {
		rules = append(rules, types.FilterRule{Name: types.FilterRuleNamePrefix, Value: &e.Prefix})
	}
	if e.Suffix != "" {
		rules = append(rules, types.FilterRule{Name: types.FilterRuleNameSuffix, Value: &e.Suffix})
	}
	if len(rules) > 0 {
		c.Filter = &types.NotificationConfigurationFilter{Key: &types.S3KeyFilter{FilterRules: rules}}
	}
	return c
}

// read reads a bucket's document.
func (n *notifications) read(ctx context.Context, bucket, account string) (*types.NotificationConfiguration, error) {
	o, err := n.api.GetBucketNotificationConfiguration(ctx, &s3.GetBucketNotificationConfigurationInput{Bucket: &bucket, ExpectedBucketOwner: filled(account)}, pathStyle)
	if err != nil {
		return nil, bucketError(err, bucket)
	}
	return &types.NotificationConfiguration{
		EventBridgeConfiguration:     o.EventBridgeConfiguration,
		LambdaFunctionConfigurations: o.LambdaFunctionConfigurations,
		QueueConfigurations:          o.QueueConfigurations,
		TopicConfigurations:          o.TopicConfigurations,
	}, nil
}

// bucketError says in plain words what is the matter with a bucket.
func bucketError(err error, bucket string) error {
	err = fail(err)
	switch {
	case err == nil:
		return nil
	case isGone(err):
		return explain(err, "there is no bucket "+bucket, "make it, or name another one: a deploy makes no buckets")
	case isCode(err, "PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "MovedPermanently", "301"),
		statusOf(err) == http.StatusMovedPermanently, says(err, "destination service region is not valid"):
		return explain(err, "the bucket "+bucket+" is in another region", "a bucket calls functions of its own region only: deploy the app there, or name a bucket of this region")
	case isClass(err, deployer.ClassDenied):
		return explain(err, "the notifications of the bucket "+bucket+" may not be read or written: "+failureOf(err).Message,
			"it takes s3:GetBucketNotification and s3:PutBucketNotification, and a bucket of this account")
	}
	return err
}

// isElsewhere says whether a bucket is in another region.
func isElsewhere(err error) bool { return says(err, "is in another region") }

func isGone(err error) bool { return isCode(err, "NoSuchBucket") }

// invalidDestination is what S3 says when it may not call a function, or may
// not yet.
func invalidDestination(err error) bool {
	return says(err, "Unable to validate the following destination configurations")
}
