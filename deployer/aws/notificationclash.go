package aws

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/chalicefile/chalicefile/internal/resource"
)

// clash says which entry of somebody else's gets the same events as a wanted
// one, which S3 does not take.
func clash(want *resource.Notification, others *types.NotificationConfiguration) string {
	var entries []resource.NotificationEntry
	for _, c := range others.LambdaFunctionConfigurations {
		entries = append(entries, entryOf(c))
	}
	for _, c := range others.QueueConfigurations {
		entries = append(entries, entryOf(types.LambdaFunctionConfiguration{Id: c.Id, LambdaFunctionArn: c.QueueArn, Events: c.Events, Filter: c.Filter}))
	}
	for _, c := range others.TopicConfigurations {
		entries = append(entries, entryOf(types.LambdaFunctionConfiguration{Id: c.Id, LambdaFunctionArn: c.TopicArn, Events: c.Events, Filter: c.Filter}))
	}
	for _, mine := range want.Entries {
		for _, other := range entries {
			if overlap(mine, other) {
				return fmt.Sprintf("the entry %q of the bucket %s sends the same events to %s: tell them apart by events, prefix or suffix, or remove it",
					other.ID, want.Bucket, other.FunctionARN)
			}
		}
	}
	return "tell the entries of the bucket " + want.Bucket + " apart by events, prefix or suffix"
}

// overlap says whether an event of one object may fit both entries.
func overlap(a, b resource.NotificationEntry) bool {
	if !strings.HasPrefix(a.Prefix, b.Prefix) && !strings.HasPrefix(b.Prefix, a.Prefix) ||
		!strings.HasSuffix(a.Suffix, b.Suffix) && !strings.HasSuffix(b.Suffix, a.Suffix) {
		return false
	}
	for _, x := range a.Events {
		for _, y := range b.Events {
			if includes(x, y) || includes(y, x) {
				return true
			}
		}
	}
	return false
}

// includes says whether the event y is an x.
func includes(x, y string) bool {
	all, wildcard := strings.CutSuffix(x, "*")
	return x == y || wildcard && strings.HasPrefix(y, all)
}
