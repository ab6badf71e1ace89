package remote

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/smithy-go"
)

var t0 = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// cloudWatch is CloudWatch with pages of a few events each.
type cloudWatch struct {
	mu     sync.Mutex
	groups map[string][]types.FilteredLogEvent
	page   int // events of one; 0 is 3
	// fail is asked before each answer.
	fail  func(calls int, in *cloudwatchlogs.FilterLogEventsInput) error
	calls int
}

// put adds an event.
func (c *cloudWatch) put(function, id string, at time.Time, message string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.groups == nil {
		c.groups = map[string][]types.FilteredLogEvent{}
	}
	group := "/aws/lambda/" + function
	c.groups[group] = append(c.groups[group], types.FilteredLogEvent{
		EventId: awssdk.String(id), Timestamp: awssdk.Int64(at.UnixMilli()), Message: awssdk.String(message), LogStreamName: awssdk.String("stream"),
	})
}

func (c *cloudWatch) FilterLogEvents(ctx context.Context, in *cloudwatchlogs.FilterLogEventsInput, _ ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.FilterLogEventsOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls++
	if c.fail != nil {
		if err := c.fail(c.calls, in); err != nil {
			return nil, operationError(err)
		}
	}
	group, ok := c.groups[*in.LogGroupName]
	if !ok {
		return nil, operationError(&types.ResourceNotFoundException{Message: awssdk.String("The specified log group does not exist.")})
	}
	var fit []types.FilteredLogEvent
	for _, e := range group {
		if *e.Timestamp >= *in.StartTime && strings.Contains(*e.Message, strings.Trim(awssdk.ToString(in.FilterPattern), `"`)) {
			fit = append(fit, e)
		}
	}
	slices.SortStableFunc(fit, func(a, b types.FilteredLogEvent) int { return int(*a.Timestamp - *b.Timestamp) })
	// The first answer is an empty page with a token, as after a long search.
	first := 0
	if in.NextToken == nil {
		return &cloudwatchlogs.FilterLogEventsOutput{NextToken: awssdk.String("0")}, nil
	}
	first, _ = strconv.Atoi(*in.NextToken)
	size := c.page
	if size == 0 {
		size = 3
	}
	last := min(first+size, len(fit))
	out := &cloudwatchlogs.FilterLogEventsOutput{Events: fit[min(first, last):last]}
	if last < len(fit) {
		out.NextToken = awssdk.String(strconv.Itoa(last))
	}
	return out, nil
}

func operationError(err error) error {
	return &smithy.OperationError{ServiceID: "CloudWatch Logs", OperationName: "FilterLogEvents", Err: err}
}

// clock runs as fast as it is slept, and does something after each sleep.
type clock struct {
	now    time.Time
	sleeps int
	then   func(sleeps int)
}

func (c *clock) Now() time.Time { return c.now }

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.now = c.now.Add(d)
	c.sleeps++
	if c.then != nil {
		c.then(c.sleeps)
	}
	return ctx.Err()
}

func messages(events []Event) string {
	var all []string
	for _, e := range events {
		all = append(all, e.Function+":"+e.Message)
	}
	return strings.Join(all, " ")
}

func groups(names ...string) []Group {
	var all []Group
	for _, name := range names {
		all = append(all, Group{Function: name, LambdaName: "app-dev-" + name})
	}
	return all
}

func TestRead(t *testing.T) {
	cw := &cloudWatch{}
	for i := range 10 {
		cw.put("app-dev-a", fmt.Sprint("a", i), t0.Add(time.Duration(2*i)*time.Second), fmt.Sprintf("a%d\n", i))
	}
	for i := range 5 {
		cw.put("app-dev-b", fmt.Sprint("b", i), t0.Add(time.Duration(4*i+1)*time.Second), fmt.Sprintf("b%d", i))
	}
	cw.put("app-dev-a", "old", t0.Add(-time.Second), "old")
	for _, lambda := range []string{
		"START RequestId: 1 Version: $LATEST\n", "END RequestId: 1\n", "REPORT RequestId: 1\tDuration: 1 ms\n",
		"INIT_START Runtime Version: provided:al2023.v1\n", "INIT_REPORT Init Duration: 1 ms\n",
	} {
		cw.put("app-dev-b", lambda, t0.Add(time.Hour), lambda)
	}
	cw.put("app-dev-b", "timeout", t0.Add(time.Hour), "2026-11-22T13:00:00Z 1 Task timed out after 3.00 seconds\n\n")
	logs := &Logs{Client: cw, Clock: &clock{now: t0}, Groups: groups("a", "b", "never")}
	events, err := LastOf(logs.Read(t.Context(), t0), 0)
	const want = "a:a0 b:b0 a:a1 a:a2 b:b1 a:a3 a:a4 b:b2 a:a5 a:a6 b:b3 a:a7 a:a8 b:b4 a:a9 b:2026-11-22T13:00:00Z 1 Task timed out after 3.00 seconds\n"
	if got := messages(events); got != want || err != nil || logs.Absent() {
		t.Errorf("got  %q, %v\nwant %q", got, err, want)
	}
	logs.LambdaMessages = true
	if events, err := LastOf(logs.Read(t.Context(), t0.Add(time.Minute)), 0); len(events) != 6 || err != nil {
		t.Errorf("with what Lambda says: %q, %v", messages(events), err)
	}
	logs.LambdaMessages = false
}

func TestLastOf(t *testing.T) {
	for n, want := range map[int]string{0: "f:0 f:1 f:2 f:3 f:4", 1: "f:4", 2: "f:3 f:4", 3: "f:2 f:3 f:4", 5: "f:0 f:1 f:2 f:3 f:4", 9: "f:0 f:1 f:2 f:3 f:4"} {
		last, err := LastOf(func(yield func(Event, error) bool) {
			for i := range 5 {
				if !yield(Event{Function: "f", Message: strconv.Itoa(i)}, nil) {
					return
				}
			}
		}, n)
		if got := messages(last); got != want || err != nil {
			t.Errorf("the last %d: %q, %v, want %q", n, got, err, want)
		}
	}
}

// What nobody wants any more is not read.
func TestReadStops(t *testing.T) {
	cw := &cloudWatch{}
	for i := range 100 {
		cw.put("app-dev-a", strconv.Itoa(i), t0.Add(time.Duration(i)*time.Second), "m")
	}
	logs := &Logs{Client: cw, Clock: &clock{now: t0}, Groups: groups("a")}
	for range logs.Read(t.Context(), t0) {
		break
	}
	if cw.calls != 2 {
		t.Errorf("%d calls for one event", cw.calls)
	}
}

func TestReadErrors(t *testing.T) {
	cw := &cloudWatch{}
	logs := &Logs{Client: cw, Clock: &clock{now: t0}, Groups: groups("a", "b")}
	if events, err := LastOf(logs.Read(t.Context(), t0), 0); len(events) != 0 || err != nil || !logs.Absent() {
		t.Errorf("without log groups: %v, %v, %t", events, err, logs.Absent())
	}
	logs.Filter = "a-b"
	cw.fail = func(int, *cloudwatchlogs.FilterLogEventsInput) error {
		return &types.InvalidParameterException{Message: awssdk.String("Invalid filter pattern")}
	}
	_, err := LastOf(logs.Read(t.Context(), t0), 5)
	if err == nil || !strings.HasPrefix(err.Error(), "CloudWatch does not take the filter a-b; ") || strings.Contains(err.Error(), "\n") {
		t.Errorf("an unfit filter: %v", err)
	}
	cw.fail = func(int, *cloudwatchlogs.FilterLogEventsInput) error {
		return &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "no"}
	}
	if _, err = LastOf(logs.Read(t.Context(), t0), 5); err == nil || !strings.HasPrefix(err.Error(), "logs:FilterLogEvents: AccessDeniedException: no") {
		t.Errorf("denied: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err = LastOf(logs.Read(ended, t0), 5); !errors.Is(err, context.Canceled) {
		t.Errorf("ended: %v", err)
	}
}

// follow runs a follower until the clock's script ends ctx.
func follow(t *testing.T, logs *Logs, from time.Time, last int, script func(sleeps int, end func())) ([]Event, error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	logs.Clock.(*clock).then = func(sleeps int) { script(sleeps, cancel) }
	var got []Event
	emit := func(e Event) error { got = append(got, e); return nil }
	f := &Follower{Logs: logs}
	if err := f.Start(ctx, from, last, emit); err != nil {
		return got, err
	}
	err := f.Run(ctx, emit)
	return got, err
}

func TestFollow(t *testing.T) {
	cw := &cloudWatch{}
	c := &clock{now: t0}
	logs := &Logs{Client: cw, Clock: c, Groups: groups("a", "b")}
	cw.put("app-dev-a", "0", t0.Add(-11*time.Minute), "too old")
	cw.put("app-dev-a", "1", t0.Add(-time.Minute), "one")
	cw.put("app-dev-a", "2", t0.Add(-time.Second), "two")
	got, err := follow(t, logs, t0.Add(-10*time.Minute), 0, func(sleeps int, end func()) {
		switch sleeps {
		case 1:
			cw.put("app-dev-a", "4", c.now, "four")
			cw.put("app-dev-a", "3", c.now.Add(-20*time.Second), "late three")
		case 2: // a group that comes into being, with an id that another group has
			cw.put("app-dev-b", "4", c.now, "first of b")
		case 5:
			cw.put("app-dev-a", "5", c.now.Add(-4*time.Minute), "very late five")
			cw.put("app-dev-a", "0b", t0.Add(-10*time.Minute-time.Millisecond), "older than asked for")
		case 2 * deepEvery:
			end()
		}
	})
	const want = "a:one a:two a:late three a:four b:first of b a:very late five"
	if messages(got) != want || !errors.Is(err, context.Canceled) {
		t.Errorf("got  %q, %v\nwant %q", messages(got), err, want)
	}
}

func TestFollowTheLast(t *testing.T) {
	cw := &cloudWatch{}
	for i := range 9 {
		cw.put("app-dev-a", strconv.Itoa(i), t0.Add(time.Duration(i-20)*time.Second), strconv.Itoa(i))
	}
	got, err := follow(t, &Logs{Client: cw, Clock: &clock{now: t0}, Groups: groups("a")}, t0.Add(-time.Minute), 2, func(sleeps int, end func()) {
		if sleeps == 3 {
			end()
		}
	})
	if messages(got) != "a:7 a:8" || !errors.Is(err, context.Canceled) {
		t.Errorf("got %q, %v", messages(got), err)
	}
}

// Throttling and lost connections are waited out, for a while.
func TestFollowFaults(t *testing.T) {
	throttled := &smithy.GenericAPIError{Code: "ThrottlingException", Message: "Rate exceeded"}
	cw := &cloudWatch{}
	cw.put("app-dev-a", "0", t0, "zero")
	c := &clock{now: t0}
	logs := &Logs{Client: cw, Clock: c, Groups: groups("a")}
	cw.fail = func(calls int, in *cloudwatchlogs.FilterLogEventsInput) error {
		if calls > 2 && calls < 10 {
			return throttled
		}
		return nil
	}
	var waited time.Duration
	got, err := follow(t, logs, t0, 0, func(sleeps int, end func()) {
		waited = c.now.Sub(t0)
		switch sleeps {
		case 3: // longer ago than the overlap, when it can be read again
			cw.put("app-dev-a", "1", c.now, "one")
		case 10:
			end()
		}
	})
	if messages(got) != "a:zero a:one" || !errors.Is(err, context.Canceled) || waited < overlap {
		t.Errorf("got %q, %v after %s", messages(got), err, waited)
	}

	for name, fault := range map[string]error{
		"final":     &smithy.GenericAPIError{Code: "AccessDeniedException"},
		"for ever":  throttled,
		"no answer": &smithy.GenericAPIError{Code: "InternalError", Message: "x", Fault: smithy.FaultServer},
	} {
		cw.calls = 0
		cw.fail = func(calls int, _ *cloudwatchlogs.FilterLogEventsInput) error {
			if calls > 2 {
				return fault
			}
			return nil
		}
		if _, err := follow(t, logs, t0, 0, func(int, func()) {}); err == nil || errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever comes no later than the deep overlap is shown, and shown once.
func TestFollowLosesNothing(t *testing.T) {
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 1))
		cw := &cloudWatch{page: 20 + random.IntN(50)}
		c := &clock{now: t0}
		logs := &Logs{Client: cw, Clock: c, Groups: groups("a", "b", "c")}
		cw.fail = func(int, *cloudwatchlogs.FilterLogEventsInput) error {
			if random.IntN(60) == 0 && c.sleeps > 0 {
				return &smithy.GenericAPIError{Code: "ThrottlingException"}
			}
			return nil
		}
		put := 0
		got, err := follow(t, logs, t0, 0, func(sleeps int, end func()) {
			if sleeps == 200 {
				end()
			}
			for i := range random.IntN(10) {
				at := c.now.Add(-time.Duration(random.Int64N(int64(deepOverlap))))
				if at.Before(t0) || sleeps > 150 {
					continue
				}
				put++
				cw.put("app-dev-"+string("abc"[random.IntN(3)]), fmt.Sprintf("%d-%d", sleeps, i), at, fmt.Sprintf("%d-%d", sleeps, i))
			}
		})
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, e := range got {
			if seen[e.id] {
				t.Errorf("seed %d: %s twice", seed, e.id)
			}
			seen[e.id] = true
		}
		if len(seen) != put {
			t.Errorf("seed %d: %d of %d messages", seed, len(seen), put)
		}
	}
}

func TestIsLambdaMessage(t *testing.T) {
	for line, want := range map[string]bool{
		"START RequestId: 8f Version: $LATEST": true,
		"START":                                false, "INIT_START of mine": false, "END RequestId": false, "": false,
		"RequestId: 8f Error: Runtime exited with error: exit status 2": false,
	} {
		if got := IsLambdaMessage(line); got != want {
			t.Errorf("%q: %t", line, got)
		}
	}
}
