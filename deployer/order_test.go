package deployer

import (
	"slices"
	"strings"
	"testing"

	"github.com/chalicefile/chalicefile/internal/resource"
)

// Routes that move from a function to a new one work all the time: what permits
// the call of the new one comes before the API's update, and the old one goes
// after it. An API that is made is made before what permits it, which names it.
func TestRoutesMoveWithoutGap(t *testing.T) {
	api := &resource.RestAPI{Name: "shop-dev", After: []resource.ID{resource.FunctionID("new")}}
	permit := func(function string) *resource.Permission {
		return &resource.Permission{Function: function, Statement: resource.StatementAPI, SourceARN: resource.Attr(api.ID(), resource.AttrID)}
	}
	old, function := &resource.Function{Name: "old"}, &resource.Function{Name: "new"}
	steps, err := ordered([]*Step{
		{Op: OpUpdate, ID: api.ID(), Want: api, Live: &Live{ID: api.ID(), DependsOn: []resource.ID{old.ID(), permit("old").ID()}}},
		{Op: OpCreate, ID: permit("new").ID(), Want: permit("new")},
		{Op: OpDelete, ID: old.ID(), Live: &Live{ID: old.ID()}},
		{Op: OpDelete, ID: permit("old").ID(), Live: &Live{ID: permit("old").ID(), DependsOn: []resource.ID{old.ID()}}},
		{Op: OpCreate, ID: function.ID(), Want: function},
	})
	if want := "new new/chalicefile-api shop-dev old/chalicefile-api old"; err != nil || namesOf(steps) != want {
		t.Errorf("the order is %s, not %s: %v", namesOf(steps), want, err)
	}
	steps, err = ordered([]*Step{
		{Op: OpCreate, ID: permit("new").ID(), Want: permit("new")},
		{Op: OpCreate, ID: api.ID(), Want: api},
		{Op: OpCreate, ID: function.ID(), Want: function},
	})
	if want := "new shop-dev new/chalicefile-api"; err != nil || namesOf(steps) != want {
		t.Errorf("the order is %s, not %s: %v", namesOf(steps), want, err)
	}
}

func namesOf(steps []*Step) string {
	var names []string
	for _, s := range steps {
		names = append(names, s.ID.Name)
	}
	return strings.Join(names, " ")
}

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
	if want := "old f/chalicefile-s3 new"; namesOf(steps) != want || !slices.Contains(steps[1].After, old.ID()) {
		t.Errorf("the order is %s, not %s", namesOf(steps), want)
	}
}
