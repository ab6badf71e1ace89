package aws

import (
	"context"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
	"github.com/chalicefile/chalicefile/internal/source"
)

const (
	// writeRounds is how often a document is written that somebody else writes,
	// too.
	writeRounds = 4
	// writeLooks is how often it is read after that until it shows what was
	// written: S3 may show what was there before for a while.
	writeLooks = 3
	// writePause is how long it takes at most until it is read for the first time.
	writePause = 5 * time.Second
)

// bucketWrite writes the entries of some functions into a bucket's document.
type bucketWrite struct {
	*notifications
	want *resource.Notification
	// mine are the ARNs of the functions whose entries are written.
	mine map[string]bool
	// before is the document that was read last before a write.
	before *types.NotificationConfiguration
	// took is how long it took from then until it was written.
	took time.Duration
	// lost are entries of others that a write of somebody else's took away
	// together with ours.
	lost *types.NotificationConfiguration
}

// write puts the wanted entries in the place of those of the same functions,
// and of the old ones. S3 writes the document as a whole and under no condition,
// so that of two who write at once one takes away what the other has written:
// it is looked at, and written again.
func (n *notifications) write(ctx context.Context, want *resource.Notification, old []resource.NotificationEntry, run *deployer.Run) error {
	w := &bucketWrite{notifications: n, want: want, mine: map[string]bool{}}
	for _, e := range slices.Concat(want.Entries, old) {
		w.mine[e.FunctionARN] = true
	}
	hint := "S3 asks the function, which must let it call: statement " + source.StatementS3 + " of its policy; an entry of somebody else that leads nowhere is in the way, too"
	for round := range writeRounds {
		if round > 0 { // not in step with the other one
			if err := run.Clock.Sleep(ctx, time.Duration(round)*time.Second/2+rand.N(time.Second)); err != nil {
				return err
			}
		}
		written := false
		err := persist(ctx, run, "S3 to be let call the function", roleLimit, invalidDestination, hint, func(ctx context.Context) (err error) {
			began := run.Clock.Now()
			written, err = w.put(ctx)
			w.took = run.Clock.Now().Sub(began)
			return err
		})
		if err != nil || !written {
			return err
		}
		if held, err := w.held(ctx, run); held || err != nil {
			return err
		}
	}
	return &deployer.Failure{
		Message: "the notifications of the bucket " + want.Bucket + " do not stay as they are written: somebody else writes them at the same time",
		Hint:    "run the command again once that has ended",
	}
}

// put reads the document and writes it; false where there is nothing to write.
func (w *bucketWrite) put(ctx context.Context) (written bool, err error) {
	if w.before, err = w.read(ctx, w.want.Bucket, w.want.Account); err != nil {
		return false, err
	}
	if w.lost == nil && w.isIn(w.before) {
		return false, nil
	}
	changed := restored(w.before, w.lost)
	others := slices.DeleteFunc(slices.Clone(changed.LambdaFunctionConfigurations), func(c types.LambdaFunctionConfiguration) bool {
		return w.mine[awssdk.ToString(c.LambdaFunctionArn)]
	})
	changed.LambdaFunctionConfigurations = slices.Clone(others)
	for _, e := range w.want.Entries {
		changed.LambdaFunctionConfigurations = append(changed.LambdaFunctionConfigurations, configurationOf(e))
	}
	_, err = w.api.PutBucketNotificationConfiguration(ctx, &s3.PutBucketNotificationConfigurationInput{
		Bucket: &w.want.Bucket, ExpectedBucketOwner: filled(w.want.Account), NotificationConfiguration: changed,
		SkipDestinationValidation: skip(len(w.want.Entries) == 0),
	}, pathStyle)
	if err == nil {
		return true, nil
	}
	clashes := says(err, "overlap", "ambiguously defined")
	if w.lost != nil && (clashes || invalidDestination(err)) {
		w.lost = nil // they were taken away on purpose
		return w.put(ctx)
	}
	if clashes {
		changed.LambdaFunctionConfigurations = others
		return false, explain(err, failureOf(err).Message, clash(w.want, changed))
	}
	return false, bucketError(err, w.want.Bucket)
}

// held says whether the document is as it was written, as far as it is ours, once
// somebody else who had read it before that has most likely written it, too.
// Where it is, and entries of others are missing, they were taken away by
// somebody who saw ours, on purpose. Where it is not, somebody wrote who did not
// see ours, nor others that were as new: those are put back.
func (w *bucketWrite) held(ctx context.Context, run *deployer.Run) (bool, error) {
	if err := run.Clock.Sleep(ctx, min(w.took, writePause)); err != nil {
		return false, err
	}
	for look := 1; ; look++ {
		now, err := w.read(ctx, w.want.Bucket, w.want.Account)
		if err != nil {
			return false, err
		}
		if w.isIn(now) {
			return true, nil
		}
		if look == writeLooks {
			w.lost = missing(w.before, now, w.mine)
			return false, nil
		}
		if err := run.Clock.Sleep(ctx, time.Duration(look)*500*time.Millisecond); err != nil {
			return false, err
		}
	}
}

// isIn says whether a document has the wanted entries of the functions, and no
// others of them.
func (w *bucketWrite) isIn(document *types.NotificationConfiguration) bool {
	byID := func(a, b resource.NotificationEntry) int { return strings.Compare(a.ID, b.ID) }
	var have, want []resource.NotificationEntry
	for _, c := range document.LambdaFunctionConfigurations {
		if w.mine[awssdk.ToString(c.LambdaFunctionArn)] {
			have = append(have, entryOf(c))
		}
	}
	for _, e := range w.want.Entries {
		want = append(want, entryOf(configurationOf(e)))
	}
	slices.SortFunc(have, byID)
	slices.SortFunc(want, byID)
	return reflect.DeepEqual(have, want)
}

// missing are the entries of others that were in a document and are not any
// more; nil where there are none. Those of other stages and apps are not among
// them: whoever deploys these looks after them, and puts back, or has deleted,
// what is missing.
func missing(before, now *types.NotificationConfiguration, mine map[string]bool) *types.NotificationConfiguration {
	var m types.NotificationConfiguration
	for _, c := range before.LambdaFunctionConfigurations {
		arn := awssdk.ToString(c.LambdaFunctionArn)
		if !mine[arn] && functionName(arn) != awssdk.ToString(c.Id) && !has(now.LambdaFunctionConfigurations, lambdaEntry, c) {
			m.LambdaFunctionConfigurations = append(m.LambdaFunctionConfigurations, c)
		}
	}
	for _, c := range before.QueueConfigurations {
		if !has(now.QueueConfigurations, queueEntry, c) {
			m.QueueConfigurations = append(m.QueueConfigurations, c)
		}
	}
	for _, c := range before.TopicConfigurations {
		if !has(now.TopicConfigurations, topicEntry, c) {
			m.TopicConfigurations = append(m.TopicConfigurations, c)
		}
	}
	if now.EventBridgeConfiguration == nil {
		m.EventBridgeConfiguration = before.EventBridgeConfiguration
	}
	if reflect.DeepEqual(m, types.NotificationConfiguration{}) {
		return nil
	}
	return &m
}

// restored is a document with what was lost of it, without changing either.
func restored(document, lost *types.NotificationConfiguration) *types.NotificationConfiguration {
	all := *document
	if lost == nil {
		return &all
	}
	all.LambdaFunctionConfigurations = union(all.LambdaFunctionConfigurations, lost.LambdaFunctionConfigurations, lambdaEntry)
	all.QueueConfigurations = union(all.QueueConfigurations, lost.QueueConfigurations, queueEntry)
	all.TopicConfigurations = union(all.TopicConfigurations, lost.TopicConfigurations, topicEntry)
	if all.EventBridgeConfiguration == nil {
		all.EventBridgeConfiguration = lost.EventBridgeConfiguration
	}
	return &all
}

func lambdaEntry(c types.LambdaFunctionConfiguration) *string { return c.Id }
func queueEntry(c types.QueueConfiguration) *string           { return c.Id }
func topicEntry(c types.TopicConfiguration) *string           { return c.Id }

// has says whether there is an entry of the same id; S3 gives one to each.
func has[T any](list []T, id func(T) *string, entry T) bool {
	return slices.ContainsFunc(list, func(e T) bool { return awssdk.ToString(id(e)) == awssdk.ToString(id(entry)) })
}

func union[T any](list, more []T, id func(T) *string) []T {
	list = slices.Clone(list)
	for _, e := range more {
		if !has(list, id, e) {
			list = append(list, e)
		}
	}
	return list
}
