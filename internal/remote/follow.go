package remote

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
)

// How logs are followed. Messages reach CloudWatch late and out of order: some
// seconds mostly, which each reading goes back; some minutes at worst, which a
// reading goes back now and then.
const (
	pause       = 1500 * time.Millisecond
	pauseGroup  = 300 * time.Millisecond // for each group: CloudWatch allows few readings a second
	pauseMost   = 30 * time.Second
	overlap     = 30 * time.Second
	deepOverlap = 5 * time.Minute
	deepEvery   = 20
	mostFaults  = 20
)

// Follower reads logs as they grow. Each message is handed on once.
type Follower struct {
	Logs *Logs
	// Trouble is told once when CloudWatch cannot be reached, which is tried
	// again for some minutes; nil tells nobody.
	Trouble func(error)

	seen map[string]time.Time
	// read is when the last complete reading began, deep when the last deep one
	// did; what was before start is never asked for.
	read, deep, start time.Time
}

// Start hands on what there is from a time on, where last is not 0 only so many
// messages of it.
func (f *Follower) Start(ctx context.Context, from time.Time, last int, emit func(Event) error) error {
	begun := f.now()
	f.seen, f.read, f.deep, f.start = map[string]time.Time{}, begun, begun, from
	horizon := begun.Add(-deepOverlap)
	mark := func(e Event) {
		if !e.Time.Before(horizon) {
			f.seen[e.id] = e.Time
		}
	}
	events := func(yield func(Event, error) bool) {
		for e, err := range f.Logs.Read(ctx, from) {
			if err == nil {
				mark(e)
			}
			if !yield(e, err) {
				return
			}
		}
	}
	if last == 0 {
		for e, err := range events {
			if err != nil {
				return err
			}
			if err := emit(e); err != nil {
				return err
			}
		}
		return nil
	}
	kept, err := LastOf(events, last)
	for _, e := range kept {
		err = errors.Join(err, emit(e))
	}
	return err
}

// Run hands on what comes after Start, until ctx ends or the logs cannot be
// read any more.
func (f *Follower) Run(ctx context.Context, emit func(Event) error) error {
	faults, wait := 0, f.pause()
	var refused error // by emit
	hand := func(e Event) error {
		refused = emit(e)
		return refused
	}
	for polls := 1; ; {
		if err := f.Logs.Clock.Sleep(ctx, wait*3/4+rand.N(wait/2)); err != nil {
			return err
		}
		err := f.poll(ctx, polls%deepEvery == 0, hand)
		switch {
		case err == nil:
			polls, faults, wait = polls+1, 0, f.pause()
		case ctx.Err() != nil:
			return ctx.Err()
		case refused != nil:
			return refused
		case isTransient(err) && faults < mostFaults:
			if faults++; f.Trouble != nil && faults == 1 && !isThrottled(err) {
				f.Trouble(err)
			}
			wait = min(2*wait, pauseMost)
		default:
			return err
		}
	}
}

// pause between two readings.
func (f *Follower) pause() time.Duration {
	return max(pause, time.Duration(len(f.Logs.Groups))*pauseGroup)
}

// poll reads what is new since the last reading, or since the last deep one, and
// what has come since with an earlier time.
func (f *Follower) poll(ctx context.Context, deep bool, emit func(Event) error) error {
	begun := f.now()
	from := f.read.Add(-overlap)
	if deep {
		from = f.deep.Add(-deepOverlap)
	}
	if from.Before(f.start) {
		from = f.start
	}
	for e, err := range f.Logs.Read(ctx, from) {
		if err != nil {
			return err
		}
		if _, old := f.seen[e.id]; old {
			continue
		}
		f.seen[e.id] = e.Time
		if err := emit(e); err != nil {
			return err
		}
	}
	if begun.After(f.read) {
		f.read = begun
	}
	if deep && begun.After(f.deep) {
		f.deep = begun
		for id, at := range f.seen {
			if at.Before(f.deep.Add(-deepOverlap)) {
				delete(f.seen, id)
			}
		}
	}
	return nil
}

// now is not later than the time in AWS, to the millisecond as CloudWatch has
// it.
func (f *Follower) now() time.Time {
	return f.Logs.Clock.Now().Add(f.Logs.skew.get()).Truncate(time.Millisecond)
}

// isTransient says that trying again may help.
func isTransient(err error) bool {
	return isThrottled(err) || retry.IsErrorRetryables(retry.DefaultRetryables).IsErrorRetryable(err) == awssdk.TrueTernary
}

// isThrottled says that CloudWatch wants to be asked less.
func isThrottled(err error) bool {
	return retry.IsErrorThrottles(retry.DefaultThrottles).IsErrorThrottle(err) == awssdk.TrueTernary
}
