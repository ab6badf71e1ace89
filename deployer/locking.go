package deployer

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// lease is how long an entry of the lock holds, renewal how often it is
	// renewed meanwhile.
	lease   = 60 * time.Second
	renewal = 20 * time.Second
)

// ErrLockLost says that somebody else took the lock of a run that could not
// renew it in time.
var ErrLockLost = errors.New("the lock was lost: another run holds the stage; run again when it has ended")

// lock is that of a stage, as one run holds it: a file on this machine, and an
// entry that all machines see.
type lock struct {
	s     *session
	store LockStore
	file  *fileLock
	// over are runs whose entries hold nobody off: they ran on this machine, and
	// the file lock says that they ended.
	over []string
	// entry is this run's, of number 0 while there is none; stale are numbers
	// of entries that hold nobody off, removed at the end.
	entry LockEntry
	stale []int
	// tried: an entry may have been made that nothing was heard of. gone: the
	// entry was lost.
	tried, gone bool
	// taken is the last number that was refused; looked: no entry is made unseen
	// any more. low: one that expired has a higher number than this run's.
	taken       int
	looked, low bool
	// until is the end of waiting, from the first wait on.
	until time.Time
	told  string

	stop    context.CancelFunc
	renewer sync.WaitGroup
}

func newLock(s *session) *lock { return &lock{s: s, store: s.job.World.Locks} }

// holder is this run.
func (l *lock) holder() Holder {
	now := l.s.clock.Now().UTC()
	since := now
	if l.entry.Number != 0 {
		since = l.entry.Holder.Since
	}
	return Holder{ID: l.s.id, Who: l.s.job.Who, Since: since, Until: now.Add(lease)}
}

// wait waits for a holder to let go, and no longer than it may.
func (l *lock) wait(ctx context.Context, h Holder, longest time.Duration) error {
	now := l.s.clock.Now()
	if l.until.IsZero() {
		l.until = now.Add(l.s.job.LockTimeout)
	}
	left := l.until.Sub(now)
	if left <= 0 {
		return &LockedError{h}
	}
	if l.told != h.ID {
		l.told = h.ID
		l.s.emit(Event{Kind: EventLocked, Holder: h})
	}
	return l.sleep(ctx, min(longest/2+rand.N(longest), left))
}

func (l *lock) sleep(ctx context.Context, d time.Duration) error {
	if err := l.s.clock.Sleep(ctx, d); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return err
	}
	return nil
}

// path of the file lock: beside the record.
func (l *lock) path() string { return strings.TrimSuffix(l.s.job.Store.Path, ".json") + ".lock" }

// local takes the lock of this machine.
func (l *lock) local(ctx context.Context) error {
	for {
		busy := l.tryFile()
		if busy == nil {
			return nil
		}
		if err := l.wait(ctx, *busy, time.Second); err != nil {
			return err
		}
	}
}

// tryFile returns who has the file; where files cannot be locked, nobody has.
func (l *lock) tryFile() *Holder {
	if l.s.job.Store == nil {
		return nil
	}
	file, busy, err := lockFile(l.path(), l.holder())
	if err != nil {
		l.s.warn("other runs on this machine cannot be locked out: " + err.Error())
	}
	l.file = file
	return busy
}

// acquire takes the lock of all machines, and reads what exists under it. That
// nobody else has it is asked while that is read. From then on the entry is
// renewed, and lost is told why it is held no more.
func (l *lock) acquire(ctx context.Context, lost context.CancelCauseFunc) (*picture, error) {
	for {
		if err := l.take(ctx); err != nil {
			return nil, err
		}
		l.keep(ctx, lost)
		var other *Holder
		var failed error
		var verified sync.WaitGroup
		verified.Go(func() { other, failed = l.verify(ctx) })
		live, err := l.s.read(ctx, l.s.graph)
		verified.Wait()
		switch {
		case failed != nil:
			return nil, failed
		case other == nil && !l.low:
			return live, err
		}
		if err := l.drop(context.WithoutCancel(ctx)); err != nil {
			return nil, err
		}
		if other == nil {
			continue // to the highest number: the other's run may go on, and lost the lock
		}
		if err := l.wait(ctx, *other, 3*time.Second); err != nil {
			return nil, err
		}
	}
}

// take makes an entry of the next number, once no other holds. Where no run
// before this one left any, the first number is tried unseen: who holds is
// looked at under the entry anyway. A number that is taken though no entry has
// it is left out: AWS is late to give those free that were deleted.
func (l *lock) take(ctx context.Context) error {
	if l.store == nil {
		return nil
	}
	if l.file != nil {
		l.over = l.s.former()
	}
	for refused := 0; ; {
		entries, err := l.seen(ctx)
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(entries, l.mine); i >= 0 {
			l.entry = entries[i] // its answer was lost
			return nil
		}
		if h := l.against(entries); h != nil {
			if err := l.wait(ctx, *h, 3*time.Second); err != nil {
				return err
			}
			continue
		}
		entry := LockEntry{Number: l.next(entries), Holder: l.holder()}
		// Written before: whoever kills this run, the next one here knows that
		// the entry is dead.
		l.s.record.Journal = l.s.journal(entry.Number)
		l.s.save(l.s.record)
		l.tried = true
		err = l.store.Create(context.WithoutCancel(ctx), entry)
		if err == nil {
			l.entry = entry
			return nil
		}
		if is(err, ClassExists) {
			l.taken = entry.Number
		}
		if refused++; !is(err, ClassExists) && !is(err, ClassLost) || refused > 2*rounds {
			return err
		}
		if err := l.sleep(ctx, rand.N(500*time.Millisecond)); err != nil {
			return err
		}
	}
}

// seen lists the entries, but not the first time where no run before this one
// left any.
func (l *lock) seen(ctx context.Context) ([]LockEntry, error) {
	if !l.looked && l.s.record.Journal == nil {
		l.looked = true
		return nil, nil
	}
	entries, err := l.list(ctx)
	if slices.ContainsFunc(entries, func(e LockEntry) bool { return e.Number == l.taken }) {
		l.taken = 0 // it is known who has it
	}
	return entries, err
}

// next is the number to try: the one after all that there are, and after those
// that were refused.
func (l *lock) next(entries []LockEntry) int {
	number := l.taken + 1
	if n := len(entries); n > 0 {
		number = max(number, entries[n-1].Number+1)
	}
	return number
}

// list returns the entries by number, and keeps which of them are stale.
func (l *lock) list(ctx context.Context) ([]LockEntry, error) {
	entries, err := l.store.List(ctx)
	if err != nil {
		return nil, err
	}
	entries = slices.SortedFunc(slices.Values(entries), func(a, b LockEntry) int { return a.Number - b.Number })
	l.looked, l.stale = true, l.stale[:0]
	for _, e := range entries {
		if !l.mine(e) && !l.holds(e) {
			l.stale = append(l.stale, e.Number)
		}
	}
	return entries, nil
}

func (l *lock) mine(e LockEntry) bool { return e.Holder.ID == l.s.id }

// holds says whether an entry of another run holds this one off.
func (l *lock) holds(e LockEntry) bool {
	return !l.mine(e) && !slices.Contains(l.over, e.Holder.ID) && e.Holder.Until.After(l.s.clock.Now())
}

// against is who holds this run off, nil for nobody.
func (l *lock) against(entries []LockEntry) *Holder {
	for _, e := range entries {
		if l.holds(e) {
			return &e.Holder
		}
	}
	return nil
}

// verify looks whether another run took the lock at the same time: who comes
// late and makes an old number anew sees the entry of who was faster. What
// stands at a number that was refused may be an entry that is not listed yet.
func (l *lock) verify(ctx context.Context) (*Holder, error) {
	if l.store == nil {
		return nil, nil
	}
	if l.taken > 0 {
		if err := l.sleep(ctx, time.Second); err != nil {
			return nil, err
		}
	}
	entries, err := l.list(ctx)
	if err != nil {
		return nil, err
	}
	if h := l.against(entries); h != nil {
		return h, nil
	}
	i := slices.IndexFunc(entries, l.mine)
	if i < 0 {
		return &Holder{Who: "another run", Since: l.s.clock.Now()}, nil
	}
	l.low = i < len(entries)-1
	return nil, nil
}

// drop removes the entry as long as it is this run's: an answer may be lost,
// and the number be somebody else's by now.
func (l *lock) drop(ctx context.Context) error {
	l.rest()
	for round := 0; ; round++ {
		err := l.store.Remove(ctx, l.entry.Number)
		if err == nil {
			break
		}
		if !is(err, ClassLost) || round == rounds || pause(ctx, l.s.clock, round) != nil {
			return err
		}
		entries, err := l.store.List(ctx)
		if err == nil && !slices.ContainsFunc(entries, l.mine) {
			break
		}
	}
	l.entry, l.tried = LockEntry{}, false
	return nil
}

// keep renews the entry until it is dropped.
func (l *lock) keep(ctx context.Context, lost context.CancelCauseFunc) {
	if l.store == nil {
		return
	}
	// Started steps end under the lock, whatever ends the run; and a renewal
	// that is under way is never cut off: it would arrive after the removal.
	calls := context.WithoutCancel(ctx)
	var sleep context.Context
	sleep, l.stop = context.WithCancel(calls)
	l.renewer.Go(func() {
		for next := renewal; l.s.clock.Sleep(sleep, next) == nil; {
			err := guard(func() error { return l.renew(calls) })
			switch {
			case err == nil:
				next = renewal
			case errors.Is(err, ErrLockLost) || !l.entry.Holder.Until.After(l.s.clock.Now()):
				l.gone = true
				lost(ErrLockLost)
				return
			default:
				next = renewal / 10
			}
		}
	})
}

// renew holds on to the entry. Who let it expire, and finds another one, lost
// it: the higher number holds.
func (l *lock) renew(ctx context.Context) error {
	if err := l.stillHeld(ctx); err != nil {
		return err
	}
	entry := LockEntry{Number: l.entry.Number, Holder: l.holder()}
	if err := l.store.Renew(ctx, entry); err != nil {
		return err
	}
	expired := !l.entry.Holder.Until.After(l.s.clock.Now()) // maybe on the way only
	l.entry = entry
	if expired {
		return l.stillHeld(ctx)
	}
	return nil
}

func (l *lock) stillHeld(ctx context.Context) error {
	entries, err := l.store.List(ctx)
	if err != nil {
		return err
	}
	held := slices.ContainsFunc(entries, func(e LockEntry) bool { return l.mine(e) && e.Number == l.entry.Number })
	for _, e := range entries {
		if e.Number > l.entry.Number && l.holds(e) {
			held = false
		}
	}
	if !held {
		return ErrLockLost
	}
	return nil
}

// close lets go of all; what could not be removed is warned of.
func (l *lock) close() {
	_ = l.letGo()
	l.file.release()
}

// letGo removes the entry. Stale ones go first, while the lock is held, so that
// no number is removed that somebody has made anew.
func (l *lock) letGo() error {
	l.rest()
	ctx := context.Background()
	if l.gone || l.tried && l.entry.Number == 0 {
		l.entry, l.stale = LockEntry{}, nil
		entries, err := l.store.List(ctx)
		if i := slices.IndexFunc(entries, l.mine); err == nil && i >= 0 {
			l.entry = entries[i]
		}
	}
	number := l.entry.Number
	l.tried, l.gone = false, false
	if number == 0 {
		return nil
	}
	var err error
	if len(l.stale) > 0 {
		err = l.store.Remove(ctx, l.stale...)
	}
	if e := l.drop(ctx); e != nil {
		err = e
	}
	l.entry = LockEntry{}
	if err != nil {
		l.s.warn("the lock could not be removed (" + err.Error() + "): it holds other runs off for a minute")
	}
	return err
}

// rest ends the renewing.
func (l *lock) rest() {
	if l.stop != nil {
		l.stop()
	}
	l.renewer.Wait()
}

// sweep takes the lock where runs that ended left entries of it and nobody
// holds it, so that close removes them. It is not free where somebody does.
func (l *lock) sweep(ctx context.Context) (free bool, err error) {
	if l.store == nil {
		return true, nil
	}
	if l.file != nil {
		l.over = l.s.former()
	}
	entries, err := l.list(ctx)
	if err != nil || len(l.stale) == 0 || l.against(entries) != nil {
		return l.against(entries) == nil, err
	}
	if err := l.take(ctx); err != nil {
		return false, err
	}
	other, err := l.verify(ctx)
	return other == nil, err
}
