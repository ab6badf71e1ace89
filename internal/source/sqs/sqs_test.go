package sqs

import (
	"strings"
	"testing"

	"github.com/chalicefile/chalicefile/internal/source"
	"github.com/chalicefile/chalicefile/internal/source/sourcetest"
	"github.com/chalicefile/chalicefile/loader/diag"
)

func TestCheck(t *testing.T) {
	n := func(n int) *int { return &n }
	for name, c := range map[string]struct {
		sources []Source
		want    string
	}{
		"small batch":      {[]Source{{Queue: "q", BatchSize: n(10)}}, ""},
		"large, window":    {[]Source{{Queue: "q", BatchSize: n(11), MaximumBatchingWindow: n(1)}}, ""},
		"large, no window": {[]Source{{Queue: "q", BatchSize: n(11)}}, "error batch-needs-window events/e0/sqs/batch_size: a batch of 11 messages needs a maximum_batching_window of 1 or more (add maximum_batching_window: 1, or take 10 messages at most)\n"},
		"large, window 0":  {[]Source{{Queue: "q", BatchSize: n(11), MaximumBatchingWindow: n(0)}}, "error batch-needs-window events/e0/sqs/batch_size: a batch of 11 messages needs a maximum_batching_window of 1 or more (add maximum_batching_window: 1, or take 10 messages at most)\n"},
		"fifo": {[]Source{{Queue: "q.fifo", BatchSize: n(11), MaximumBatchingWindow: n(1)}},
			"error fifo-queue events/e0/sqs/batch_size: a FIFO queue gives 10 messages at most, not 11 (write 10 or less)\n" +
				"error fifo-queue #events/e0/sqs/maximum_batching_window: a FIFO queue has no batching window (take the key away)\n"},
		"two on one": {[]Source{{Queue: "q"}, {Queue: "arn:aws:sqs:us-east-1:123456789012:q"}},
			`warning shared-queue events/e1/sqs/queue: "e1" and "e0" take messages from one queue, "q": each message reaches one of them (give each a queue of its own, both subscribed to one topic) [events/e0/sqs/queue]` + "\n"},
		"two accounts": {[]Source{{Queue: "arn:aws:sqs:us-east-1:123456789013:q"}, {Queue: "arn:aws:sqs:us-east-1:123456789012:q"}}, ""},
		"filter": {[]Source{{Queue: "q", Filters: [][]byte{[]byte(`{"kind":["x"]}`)}}},
			"warning filter-without-match #events/e0/sqs/filters/0/kind: no record has a part \"kind\": the filter matches nothing (put it under body, if it is a key of the data)\n"},
	} {
		var entries []source.Entry
		for i := range c.sources {
			entries = append(entries, source.Entry{Name: "e" + string(rune('0'+i)), Source: &c.sources[i]})
		}
		var out diag.List
		check(nil, entries, &out)
		if got := sourcetest.Told(out); got != c.want {
			t.Errorf("%s: got\n%swant\n%s", name, got, c.want)
		}
	}
}

func TestSample(t *testing.T) {
	got := string(sample(source.SampleOptions{Source: &Source{Queue: "q.fifo"}, Bodies: []string{"hello", "b"}, Account: "123456789012"}))
	for _, want := range []string{`"body":"hello"`, `"md5OfBody":"5d41402abc4b2a76b9719d911017c592"`, `"eventSourceARN":"arn:aws:sqs:us-east-1:123456789012:q.fifo"`, `"MessageGroupId"`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in %s", want, got)
		}
	}
	if plain := string(sample(source.SampleOptions{})); strings.Contains(plain, "MessageGroupId") {
		t.Errorf("a standard queue's message has a group: %s", plain)
	}
}
