package s3

import (
	"slices"

	"github.com/chalicefile/chalicefile/internal/resource"
	"github.com/chalicefile/chalicefile/internal/source"
)

// plan is an entry among the bucket's notifications, and the permission that S3
// asks for when it is written. The ARN of a bucket does not say whose it is.
func plan(e source.Entry, t source.Target) source.Planned {
	s := e.Source.(*Source)
	permission := t.Permit(source.StatementS3, "s3", "arn:"+t.Owner.Partition+":s3:::"+s.Bucket, t.Owner.Account)
	notification := &resource.Notification{
		Bucket: s.Bucket, Account: t.Owner.Account,
		Entries: []resource.NotificationEntry{{
			ID: t.Name, FunctionARN: t.FunctionARN(), Events: slices.Compact(slices.Sorted(slices.Values(s.events()))),
			Prefix: s.Prefix, Suffix: s.Suffix,
		}},
		After: []resource.ID{permission.ID()},
	}
	return source.Planned{Resources: []resource.Resource{permission, notification}}
}
