package deployer

import (
	"strings"
	"testing"

	"github.com/chalicefile/chalicefile/internal/resource"
)

func TestQueuesMustHideMessagesAsLongAsFunctionsWork(t *testing.T) {
	queue := resource.ID{Kind: resource.KindQueue, Name: "orders"}
	mapping := &resource.Mapping{Function: "shop-dev-work", Source: resource.Attr(queue, resource.AttrARN)}
	g := &resource.Graph{
		Resources: []resource.Resource{&resource.Function{Name: "shop-dev-work", Timeout: 60}, mapping},
		External:  []resource.External{{ID: queue, For: mapping.ID(), Path: "events.work.sqs.queue"}},
	}
	for visibility, want := range map[string]int{"30": 1, "59": 1, "60": 0, "360": 0, "": 0} {
		problems := tooVisible(g, func(ref resource.Ref) (string, bool) {
			return visibility, visibility != "" && ref == resource.Ref{ID: queue, Attribute: "visibility_timeout"}
		})
		if len(problems) != want {
			t.Fatalf("a visibility of %s s gives %v", visibility, problems)
		}
		for _, p := range problems {
			if p.ID != mapping.ID() || p.Path != "events.work.sqs.queue" || !strings.Contains(p.Message, "orders is "+visibility+" s") || !strings.Contains(p.Hint, "60 s") {
				t.Errorf("the problem is %+v", p)
			}
		}
	}
}
