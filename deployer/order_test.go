package deployer

import (
	"slices"
	"testing"

	"github.com/chalicefile/chalicefile/internal/resource"
)

// The entry in a bucket that is not wanted any more goes before the permission,
// by which it is found, is turned to another bucket; and that one's entry comes
// after.
func TestPermissionChangesBetween(t *testing.T) {
	permission := &resource.Permission{Function: "f", Statement: "chalicefile-s3", SourceARN: resource.Lit("arn:aws:s3:::new")}
	wanted := &resource.Notification{Bucket: "new", After: []resource.ID{permission.ID()}}
	old := &resource.Notification{Bucket: "old"}
	steps, err := ordered([]*Step{
		{Op: OpUpdate, ID: permission.ID(), Want: permission, Live: &Live{ID: permission.ID()}},
		{Op: OpCreate, ID: wanted.ID(), Want: wanted},
		{Op: OpDelete, ID: old.ID(), Live: &Live{ID: old.ID(), DependsOn: []resource.ID{permission.ID()}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, s := range steps {
		order = append(order, s.ID.Name)
	}
	if want := []string{"old", "f/chalicefile-s3", "new"}; !slices.Equal(order, want) || !slices.Contains(steps[1].After, old.ID()) {
		t.Errorf("the order is %v, not %v", order, want)
	}
}
