package deployer

import (
	"slices"
	"testing"

	"github.com/chalicefile/chalicefile/internal/resource"
)

// TestWhatIsNotThereIsToldWhereItIsNamed: at each place, and not at those that
// name something else which the resource needs.
func TestWhatIsNotThereIsToldWhereItIsNamed(t *testing.T) {
	bucket := resource.ID{Kind: resource.KindBucket, Name: "pictures"}
	notification, rule := &resource.Notification{Bucket: "pictures"}, &resource.Rule{Name: "shop-dev-x", Bus: "orders"}
	s := &session{graph: &resource.Graph{External: []resource.External{
		{ID: bucket, For: notification.ID(), Path: "events.b.s3.bucket"},
		{ID: bucket, For: notification.ID(), Path: "events.a.s3.bucket"},
		{ID: resource.ID{Kind: resource.KindQueue, Name: "q"}, For: rule.ID(), Path: "events.c.sqs.queue"},
	}}}
	p := newPicture()
	if list := s.absent(p); len(list) > 0 {
		t.Errorf("nothing is absent, but %v", list)
	}
	p.lacks(notification.ID(), &Failure{Message: "no bucket", Hint: "make it"})
	p.lacks(rule.ID(), &Failure{Message: "no bus"})
	want := []Problem{
		{ID: rule.ID(), Message: "no bus"},
		{ID: notification.ID(), Path: "events.a.s3.bucket", Message: "no bucket", Hint: "make it"},
		{ID: notification.ID(), Path: "events.b.s3.bucket", Message: "no bucket", Hint: "make it"},
	}
	if list := s.absent(p); !slices.Equal(list, want) {
		t.Errorf("absent are %v", list)
	}
}
