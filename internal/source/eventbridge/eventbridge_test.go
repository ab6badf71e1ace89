package eventbridge

import (
	"strings"
	"testing"

	"github.com/chalicefile/chalicefile/internal/source"
	"github.com/chalicefile/chalicefile/internal/source/sourcetest"
	"github.com/chalicefile/chalicefile/loader/diag"
)

func TestCheck(t *testing.T) {
	var out diag.List
	s := &Source{Pattern: []byte(`{"source":["aws.ec2"],"detail":{"state":"stopped"}}`)}
	check(nil, []source.Entry{{Name: "e", Source: s}}, &out)
	want := `error invalid-pattern events/e/eventbridge/pattern/detail/state: "state" must be a list of values, in a pattern even one value is (write [stopped])` + "\n"
	if got := sourcetest.Told(out); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestSample(t *testing.T) {
	s := &Source{Pattern: []byte(`{"source":[{"prefix":"aws."}],"detail-type":["Stopped","Started"]}`)}
	got := string(sample(source.SampleOptions{Source: s, Bodies: []string{`{"a":1}`}}))
	for _, want := range []string{`"source":"aws."`, `"detail-type":"Stopped"`, `"detail":{"a":1}`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in %s", want, got)
		}
	}
	if got := string(sample(source.SampleOptions{Bodies: []string{"text"}})); !strings.Contains(got, `"detail":{"message":"text"}`) {
		t.Errorf("text as detail: %s", got)
	}
}
