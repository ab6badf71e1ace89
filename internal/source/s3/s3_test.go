package s3

import (
	"strings"
	"testing"

	"github.com/chalicefile/chalicefile/internal/source"
	"github.com/chalicefile/chalicefile/internal/source/sourcetest"
	"github.com/chalicefile/chalicefile/loader/diag"
)

func TestCheck(t *testing.T) {
	const conflict = `error notification-conflict events/b/s3/bucket: "b" and "a" may both get s3:ObjectCreated:Put of one object of the bucket "x": ` +
		"S3 takes one function for each (tell them apart by prefix or suffix, or send the events to a topic or to EventBridge) [events/a/s3/bucket]\n"
	for name, c := range map[string]struct {
		a, b Source
		want string
	}{
		"same":               {Source{Bucket: "x"}, Source{Bucket: "x", Events: []string{"s3:ObjectCreated:Put"}}, conflict},
		"same, other order":  {Source{Bucket: "x", Events: []string{"s3:ObjectCreated:Put"}}, Source{Bucket: "x"}, conflict},
		"other bucket":       {Source{Bucket: "x"}, Source{Bucket: "y"}, ""},
		"other event":        {Source{Bucket: "x"}, Source{Bucket: "x", Events: []string{"s3:ObjectRemoved:*"}}, ""},
		"prefixes apart":     {Source{Bucket: "x", Prefix: "a/"}, Source{Bucket: "x", Prefix: "b/"}, ""},
		"suffixes apart":     {Source{Bucket: "x", Suffix: ".jpg"}, Source{Bucket: "x", Suffix: ".png"}, ""},
		"prefix in prefix":   {Source{Bucket: "x", Prefix: "a/", Events: []string{"s3:ObjectCreated:Put"}}, Source{Bucket: "x", Prefix: "a/b/"}, conflict},
		"one with, one none": {Source{Bucket: "x", Events: []string{"s3:ObjectCreated:Put"}}, Source{Bucket: "x", Suffix: ".png"}, conflict},
		"redundant": {Source{Bucket: "x", Events: []string{"s3:ObjectCreated:Put", "s3:ObjectCreated:*"}}, Source{},
			"warning redundant-event events/a/s3/events/0: s3:ObjectCreated:Put is among s3:ObjectCreated:* already (take it away) [events/a/s3/events/1]\n"},
		"twice": {Source{Bucket: "x", Events: []string{"s3:ObjectCreated:Put", "s3:ObjectCreated:Put"}}, Source{},
			"warning redundant-event events/a/s3/events/1: s3:ObjectCreated:Put is among s3:ObjectCreated:Put already (take it away) [events/a/s3/events/0]\n"},
	} {
		var out diag.List
		check(nil, []source.Entry{{Name: "a", Source: &c.a}, {Name: "b", Source: &c.b}}, &out)
		if got := sourcetest.Told(out); got != c.want {
			t.Errorf("%s: got\n%swant\n%s", name, got, c.want)
		}
	}
}

func TestSample(t *testing.T) {
	got := string(sample(source.SampleOptions{
		Source: &Source{Bucket: "photos", Events: []string{"s3:ObjectRemoved:*"}}, Bodies: []string{"a b/c+d.jpg"},
	}))
	for _, want := range []string{`"key":"a+b/c%2Bd.jpg"`, `"name":"photos"`, `"arn":"arn:aws:s3:::photos"`, `"eventName":"ObjectRemoved:Delete"`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in %s", want, got)
		}
	}
	got = string(sample(source.SampleOptions{Source: &Source{Bucket: "photos", Prefix: "in/", Suffix: ".jpg"}}))
	if want := `"key":"in/sample.jpg"`; !strings.Contains(got, want) {
		t.Errorf("%s is not in %s", want, got)
	}
}
