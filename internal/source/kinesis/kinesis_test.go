package kinesis

import (
	"strings"
	"testing"

	"github.com/chalicefile/chalicefile/internal/source"
	"github.com/chalicefile/chalicefile/internal/source/sourcetest"
	"github.com/chalicefile/chalicefile/loader/diag"
)

func TestCheck(t *testing.T) {
	var out diag.List
	s := &Source{Stream: "s", Filters: [][]byte{[]byte(`{"data":{"kind":["a"]}}`), []byte(`{"Data":{"kind":["a"]}}`)}}
	check(nil, []source.Entry{{Name: "e", Source: s}}, &out)
	want := "warning filter-without-match #events/e/kinesis/filters/1/Data: no record has a part \"Data\": the filter matches nothing (did you mean \"data\"?)\n"
	if got := sourcetest.Told(out); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestSample(t *testing.T) {
	s := &Source{Stream: "arn:aws:kinesis:eu-west-1:123456789012:stream/s/consumer/c:1"}
	got := string(sample(source.SampleOptions{Source: s, Bodies: []string{"hello"}}))
	for _, want := range []string{`"data":"aGVsbG8="`, `"eventSourceARN":"arn:aws:kinesis:eu-west-1:123456789012:stream/s"`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in %s", want, got)
		}
	}
}
