package remote

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/deployer/aws"
)

// CloudWatchLogs is what this package calls of CloudWatch Logs.
type CloudWatchLogs interface {
	FilterLogEvents(context.Context, *cloudwatchlogs.FilterLogEventsInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.FilterLogEventsOutput, error)
}

// Event is one message of a log.
type Event struct {
	Time time.Time
	// Function is its name in the Chalicefile.
	Function string
	Stream   string
	// Message without the line feed at its end.
	Message string
	id      string
}

// Group is the log of a function.
type Group struct {
	// Function is its name in the Chalicefile, LambdaName that in AWS.
	Function, LambdaName string
}

// Logs are those of some functions, read side by side.
type Logs struct {
	Client CloudWatchLogs
	Clock  deployer.Clock
	Groups []Group
	// Filter is a pattern of CloudWatch; "" is all.
	Filter string
	// LambdaMessages asks for what Lambda itself writes at the beginning and the
	// end of each run, too.
	LambdaMessages bool

	absent int // groups that the last reading did not find
	skew   skew
}

// Absent says that the last reading found no log group at all.
func (l *Logs) Absent() bool { return l.absent == len(l.Groups) }

// Read gives all messages from a time on, in order of time. What is not
// consumed is not asked for.
func (l *Logs) Read(ctx context.Context, from time.Time) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		cursors, err := l.open(ctx, from)
		for err == nil {
			next := earliest(cursors)
			if next == nil {
				return
			}
			if !yield(next.page[0], nil) {
				return
			}
			next.page = next.page[1:]
			err = next.fill(ctx)
		}
		yield(Event{}, err)
	}
}

// open reads the first page of each group.
func (l *Logs) open(ctx context.Context, from time.Time) ([]*cursor, error) {
	cursors := make([]*cursor, len(l.Groups))
	errs := make([]error, len(l.Groups))
	places := make(chan struct{}, 4)
	var all sync.WaitGroup
	for i, g := range l.Groups {
		cursors[i] = &cursor{logs: l, group: g, from: from}
		all.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			errs[i] = cursors[i].fill(ctx)
		})
	}
	all.Wait()
	l.absent = 0
	for i, c := range cursors {
		if errs[i] != nil {
			return nil, errs[i]
		}
		if c.absent {
			l.absent++
		}
	}
	return cursors, nil
}

// earliest is the cursor with the earliest event, of equal ones the first; nil
// where nothing is left.
func earliest(cursors []*cursor) *cursor {
	var first *cursor
	for _, c := range cursors {
		if len(c.page) > 0 && (first == nil || c.page[0].Time.Before(first.page[0].Time)) {
			first = c
		}
	}
	return first
}

// cursor reads one group, page by page.
type cursor struct {
	logs   *Logs
	group  Group
	from   time.Time
	page   []Event // what is not consumed yet
	token  *string
	ended  bool
	absent bool
}

// fill reads on until there is an event, or nothing more.
func (c *cursor) fill(ctx context.Context) error {
	for len(c.page) == 0 && !c.ended {
		if err := ctx.Err(); err != nil {
			return err
		}
		in := &cloudwatchlogs.FilterLogEventsInput{
			LogGroupName: awssdk.String("/aws/lambda/" + c.group.LambdaName),
			StartTime:    awssdk.Int64(max(0, c.from.UnixMilli())),
			NextToken:    c.token,
			Interleaved:  awssdk.Bool(true), //nolint:staticcheck // AWS does not read it any more, but what stands in for AWS does
		}
		if c.logs.Filter != "" {
			in.FilterPattern = &c.logs.Filter
		}
		out, err := c.logs.Client.FilterLogEvents(ctx, in)
		if err != nil {
			return c.failed(ctx, err)
		}
		if at, ok := awsmiddleware.GetServerTime(out.ResultMetadata); ok {
			c.logs.skew.set(at.Sub(c.logs.Clock.Now()))
		}
		c.page = c.events(out.Events)
		c.ended = out.NextToken == nil || *out.NextToken == "" || c.token != nil && *c.token == *out.NextToken
		c.token = out.NextToken
	}
	return nil
}

func (c *cursor) failed(ctx context.Context, err error) error {
	c.ended = true
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case hasCode(err, "ResourceNotFoundException"):
		c.absent = true
		return nil
	case hasCode(err, "InvalidParameterException") && c.logs.Filter != "":
		return fmt.Errorf(`CloudWatch does not take the filter %s; a text with other characters than letters, digits and _ is written in quotes, "like this": %w`, c.logs.Filter, aws.Fail(err))
	}
	if isTransient(err) {
		return hinted(err, "") // nothing was done that could go on
	}
	return aws.Fail(err)
}

// events are those of a page, in order of time.
func (c *cursor) events(page []types.FilteredLogEvent) []Event {
	var events []Event
	for _, e := range page {
		message := strings.TrimSuffix(awssdk.ToString(e.Message), "\n")
		if !c.logs.LambdaMessages && IsLambdaMessage(message) {
			continue
		}
		events = append(events, Event{
			Time: time.UnixMilli(awssdk.ToInt64(e.Timestamp)).UTC(), Function: c.group.Function,
			Stream: awssdk.ToString(e.LogStreamName), Message: message,
			id: c.group.LambdaName + "/" + awssdk.ToString(e.EventId),
		})
	}
	slices.SortStableFunc(events, func(a, b Event) int { return a.Time.Compare(b.Time) })
	return events
}

// IsLambdaMessage says that Lambda itself wrote a line, about the beginning or
// the end of a run.
func IsLambdaMessage(line string) bool {
	for _, prefix := range []string{
		"START RequestId: ", "END RequestId: ", "REPORT RequestId: ", "INIT_START Runtime Version: ", "INIT_REPORT Init Duration: ",
		"RESTORE_START Runtime Version: ", "RESTORE_REPORT Restore Duration: ", "XRAY TraceId: ", "EXTENSION\tName: ", "TELEMETRY\tName: ",
	} {
		if strings.HasPrefix(line, prefix) {
			return true
		}
	}
	return false
}

// skew is how far the clock of this machine goes ahead of AWS's, at most 0.
type skew struct {
	mu sync.Mutex
	d  time.Duration
}

func (s *skew) set(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.d = min(0, d)
}

func (s *skew) get() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.d
}

// LastOf are the last n events of a reading, all where n is 0.
func LastOf(events iter.Seq2[Event, error], n int) ([]Event, error) {
	var last []Event
	for e, err := range events {
		if err != nil {
			return nil, err
		}
		if last = append(last, e); n > 0 && len(last) >= 2*n {
			last = slices.Delete(last, 0, len(last)-n)
		}
	}
	if n > 0 && len(last) > n {
		last = last[len(last)-n:]
	}
	return last, nil
}
