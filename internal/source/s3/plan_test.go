package s3

import (
	"testing"

	"github.com/chalicefile/chalicefile/internal/source"
	"github.com/chalicefile/chalicefile/internal/source/sourcetest"
)

func TestPlan(t *testing.T) {
	for _, c := range []struct {
		name   string
		source Source
		want   string
	}{
		{"bucket", Source{Bucket: "photos"}, `permission/shop-dev-f/chalicefile-s3
	principal: s3.amazonaws.com
	source_arn: arn:aws:s3:::photos
	source_account: 123456789012
	after function/shop-dev-f
bucket-notification/photos
	entry.shop-dev-e: arn:aws:lambda:eu-west-1:123456789012:function:shop-dev-f, s3:ObjectCreated:*
	after permission/shop-dev-f/chalicefile-s3
external bucket/photos for bucket-notification/photos at events.e.s3.bucket
`},
		{"all", Source{Bucket: "photos", Events: []string{"s3:ObjectRemoved:*", "s3:ObjectCreated:Put", "s3:ObjectRemoved:*"}, Prefix: "in/", Suffix: ".jpg"}, `permission/shop-dev-f/chalicefile-s3
	principal: s3.amazonaws.com
	source_arn: arn:aws:s3:::photos
	source_account: 123456789012
	after function/shop-dev-f
bucket-notification/photos
	entry.shop-dev-e: arn:aws:lambda:eu-west-1:123456789012:function:shop-dev-f, s3:ObjectCreated:Put s3:ObjectRemoved:*, prefix "in/", suffix ".jpg"
	after permission/shop-dev-f/chalicefile-s3
external bucket/photos for bucket-notification/photos at events.e.s3.bucket
`},
	} {
		got := sourcetest.Planned(plan(source.Entry{Name: "e", Source: &c.source}, sourcetest.Target()))
		if got != c.want {
			t.Errorf("%s: got\n%swant\n%s", c.name, got, c.want)
		}
	}
}

func TestEncodeFilter(t *testing.T) {
	for part, want := range map[string]string{
		"in/2026/a_b-c.d": "in/2026/a_b-c.d",
		"my photos/":      "my+photos/",
		"dt=2026/ü+":      "dt%3D2026/%C3%BC%2B",
	} {
		if got := encodeFilter(part); got != want {
			t.Errorf("%s: %s, not %s", part, got, want)
		}
	}
}
