package aws

import (
	"context"
	"strings"
	"testing"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// TestWhatIsNotTheAppsAndIsNotThere: a bucket, a topic and a bus that the
// Chalicefile names and that are not there are told of each, and in the way of
// no deletion.
func TestWhatIsNotTheAppsAndIsNotThere(t *testing.T) {
	c, ctx := motoClients(t), context.Background()
	world := World(c, testOwner, &quick{})
	for _, test := range []struct {
		want resource.Resource
		text string
	}{
		{&resource.Notification{Bucket: "nowhere-to-be-found", Account: testOwner.Account}, "there is no bucket nowhere-to-be-found"},
		{&resource.Subscription{TopicARN: "arn:aws:sns:" + testOwner.Region + ":" + testOwner.Account + ":nowhere", Function: "shop-dev-f"}, "there is no topic arn:aws:sns:"},
		{&resource.Rule{Name: "shop-dev-f", Bus: "nowhere"}, "there is no event bus nowhere"},
	} {
		id := test.want.ID()
		find := func(leaving bool, absent func(resource.ID, *deployer.Failure)) ([]*deployer.Live, error) {
			return world.Actuators[id.Kind].Find(ctx, &deployer.Query{
				Owner: testOwner, Want: []resource.Resource{test.want}, Leaving: leaving, Absent: absent,
				Found:   func(resource.Kind) []*deployer.Live { return nil },
				Resolve: func(resource.Ref) (string, bool) { return "", false },
			})
		}
		if live, err := find(true, nil); err != nil || len(live) > 0 {
			t.Errorf("%s is in the way of its deletion: %v, %v", id, live, err)
		}
		if _, err := find(false, nil); err == nil || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: the error is %v", id, err)
		}
		told := 0
		live, err := find(false, func(want resource.ID, why *deployer.Failure) {
			told++
			if want != id || !strings.Contains(why.Message, test.text) || why.Hint == "" {
				t.Errorf("of %s is told: %s, %v", id, want, why)
			}
		})
		if err != nil || len(live) > 0 || told != 1 {
			t.Errorf("%s: %v, %v, told %d times", id, live, err, told)
		}
	}
}
