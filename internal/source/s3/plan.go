package s3

import (
	"fmt"
	"slices"
	"strings"

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
			Prefix: encodeFilter(s.Prefix), Suffix: encodeFilter(s.Suffix),
		}},
		After: []resource.ID{permission.ID()},
	}
	return source.Planned{
		Resources: []resource.Resource{permission, notification},
		External:  []resource.External{{ID: resource.ID{Kind: resource.KindBucket, Name: s.Bucket}, For: notification.ID(), Path: t.Path + ".s3.bucket"}},
	}
}

// encodeFilter writes part of a key as filters of notifications have it: with a
// plus for a space, and anything but S3's safe characters and slashes
// percent-encoded.
func encodeFilter(part string) string {
	var b strings.Builder
	for _, c := range []byte(part) {
		switch {
		case c == ' ':
			b.WriteByte('+')
		case c >= '0' && c <= '9', c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', strings.IndexByte("/!-_.*'()", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
