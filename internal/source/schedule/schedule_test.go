package schedule

import (
	"strings"
	"testing"

	"github.com/chalicefile/chalicefile/internal/source"
	"github.com/chalicefile/chalicefile/spec"
)

func TestSample(t *testing.T) {
	standard := string(sample(source.SampleOptions{Name: "app-dev-nightly"}))
	if want := `"arn:aws:scheduler:us-east-1:000000000000:schedule/default/app-dev-nightly"`; !strings.Contains(standard, want) {
		t.Errorf("%s is not in %s", want, standard)
	}
	s := &spec.Schedule{Input: []byte(`{"a":1}`)}
	if got := string(sample(source.SampleOptions{Source: s})); got != `{"a":1}` {
		t.Errorf("the input became %s", got)
	}
	if got := string(sample(source.SampleOptions{Source: s, Bodies: []string{"[2]"}})); got != "[2]" {
		t.Errorf("the body became %s", got)
	}
}
