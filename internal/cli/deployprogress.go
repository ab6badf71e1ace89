package cli

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// progress shows on standard error what a deployment does: on a terminal what
// runs, for how long, and what waits for what; elsewhere a line for each step
// that ends.
type progress struct {
	w     io.Writer
	live  bool
	debug func(format string, args ...any) func()
	now   func() time.Time
	// size is that of the terminal: columns and rows.
	size func() (width, height int)
	// quiet shows no steps: they are shown elsewhere.
	quiet bool

	mu      sync.Mutex
	running []*activity
	// waiting are the steps that have not begun, in the order of the plan.
	waiting []*deployer.Step
	ended   map[resource.ID]time.Duration // and how long it took
	total   int
	drawn   []int // how long the lines are that are on the terminal
	paused  int
	ticking chan struct{} // closed to end the ticking; nil where nothing ticks
}

// activity is something that runs.
type activity struct {
	id     resource.ID // zero where it is no step
	text   string
	wait   string // what it waits for
	said   string // what it was last said to wait for
	since  time.Time
	hidden bool
}

const redrawEvery = 200 * time.Millisecond

func newProgress(s *session) *progress {
	p := &progress{w: s.Stderr, now: time.Now, ended: map[resource.ID]time.Duration{}}
	p.live = s.colorStderr() && !s.debug
	p.debug = func(string, ...any) func() { return func() {} }
	if s.debug {
		p.debug = s.debugf
	}
	p.size = func() (width, height int) {
		if f, ok := s.Stderr.(*os.File); ok {
			if width, height, err := term.GetSize(int(f.Fd())); err == nil && width > 0 && height > 0 {
				return width, height
			}
		}
		return 80, 24
	}
	return p
}

// begin says that something is going on, until end is called.
func (p *progress) begin(what string) (end func()) {
	said := p.debug("%s", what)
	a := &activity{text: what, since: p.now()}
	p.change(func() { p.running = append(p.running, a) })
	return func() {
		p.change(func() { p.stop(a) })
		said()
	}
}

func (p *progress) stop(a *activity) {
	p.running = slices.DeleteFunc(p.running, func(b *activity) bool { return a == b })
}

// change changes what is shown live and shows it.
func (p *progress) change(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
	p.redraw()
}

// line writes a line that stays, above what is shown live.
func (p *progress) line(format string, args ...any) {
	p.clear()
	fmt.Fprintf(p.w, format+"\n", args...)
}

// pause takes away what is shown live, until resume is called: somebody else
// writes.
func (p *progress) pause() (resume func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	p.paused++
	return func() { p.change(func() { p.paused-- }) }
}

// close takes away for good what is shown live.
func (p *progress) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	p.running, p.waiting = nil, nil
	if p.ticking != nil {
		close(p.ticking)
		p.ticking = nil
	}
}

// observe shows an event of the job.
func (p *progress) observe(e deployer.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e.Kind {
	case deployer.EventPlanned:
		p.planned(e.Plan)
	case deployer.EventStarted:
		p.started(e)
	case deployer.EventWaiting:
		p.waits(e)
	case deployer.EventDone, deployer.EventFailed:
		p.endedStep(e)
	case deployer.EventSkipped:
		p.waiting = slices.DeleteFunc(p.waiting, func(s *deployer.Step) bool { return s.ID == e.Step.ID })
	case deployer.EventLocked:
		p.line("The stage is locked by %s since %s: waiting", e.Holder.Who, e.Holder.Since.Local().Format(time.DateTime))
	case deployer.EventInterrupt:
		p.line("Interrupted: %s", e.Text)
		p.waiting = nil
	case deployer.EventWarning:
		p.line("Warning: %s", e.Text)
	}
	p.redraw()
}

func (p *progress) planned(plan *deployer.Plan) {
	p.waiting = nil
	for _, s := range plan.Steps {
		if s.Op != deployer.OpNothing {
			p.waiting = append(p.waiting, s)
		}
	}
	p.total = len(p.waiting)
	clear(p.ended)
}

func (p *progress) started(e deployer.Event) {
	p.waiting = slices.DeleteFunc(p.waiting, func(s *deployer.Step) bool { return s.ID == e.Step.ID })
	p.running = append(p.running, &activity{
		id: e.Step.ID, text: opWords[e.Step.Op].doing + " " + describe(e.Step.ID), since: e.At, hidden: p.quiet,
	})
}

func (p *progress) waits(e deployer.Event) {
	for _, a := range p.running {
		if e.Step == nil || a.id != e.Step.ID {
			continue
		}
		if e.Text != "" && e.Text != a.said && !p.live {
			p.line("%s: waiting for %s", sentence(describe(e.Step.ID)), e.Text)
			a.said = e.Text
		}
		a.wait = e.Text
	}
}

func (p *progress) endedStep(e deployer.Event) {
	p.running = slices.DeleteFunc(p.running, func(a *activity) bool { return a.id == e.Step.ID })
	p.ended[e.Step.ID] = e.Took
	switch {
	case e.Kind == deployer.EventFailed:
		p.line("Failed: %s", describe(e.Step.ID))
	case !p.quiet:
		p.line("%s %s (%s)", sentence(opWords[e.Step.Op].done), describe(e.Step.ID), seconds(e.Took))
	}
}

// took is how many seconds a step took that ended.
func (p *progress) took(id resource.ID) float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ended[id].Seconds()
}

// clearLines takes away so many lines above the cursor.
const clearLines = "\r\x1b[%dA\x1b[J"

// clear takes away what is on the terminal.
func (p *progress) clear() {
	if len(p.drawn) > 0 {
		fmt.Fprintf(p.w, clearLines, p.rows())
		p.drawn = nil
	}
}

// rows are how many rows of the terminal the lines take that are drawn there:
// more than one each, where it has been made narrower meanwhile.
func (p *progress) rows() int {
	width, _ := p.size()
	rows := 0
	for _, length := range p.drawn {
		rows += max(1, (length+width-1)/width)
	}
	return rows
}

// maxLive bounds the lines of either sort that are shown live.
const maxLive = 8

// redraw shows what runs and what waits, again.
func (p *progress) redraw() {
	if !p.live {
		return
	}
	if p.paused > 0 || len(p.running)+len(p.waiting) == 0 {
		p.clear()
		return
	}
	p.tick()
	var text strings.Builder
	if len(p.drawn) > 0 {
		fmt.Fprintf(&text, clearLines, p.rows())
	}
	width, height := p.size()
	p.drawn = nil
	for _, line := range p.lines(height - 1) { // the cursor is below them
		line = shorten(line, max(1, width-1))
		fmt.Fprintln(&text, line)
		p.drawn = append(p.drawn, utf8.RuneCountInString(line))
	}
	_, _ = io.WriteString(p.w, text.String()) // at once, so that nothing flickers
}

// lines are what is shown live, so many at most: of what runs, of what waits,
// and the sum of it.
func (p *progress) lines(room int) []string {
	var lines, sum []string
	if p.total > 0 && room > 0 {
		room--
		sum = []string{fmt.Sprintf("  %d of %d done", len(p.ended), p.total)}
	}
	for _, a := range p.running {
		text := a.text
		if passed := p.now().Sub(a.since); passed >= time.Second {
			text += fmt.Sprintf("  %d s", int(passed.Seconds()))
		}
		if a.wait != "" {
			text += "  waiting for " + a.wait
		}
		if !a.hidden {
			lines = append(lines, "  "+text)
		}
	}
	lines = bounded(lines, min(room, maxLive), "run")
	var later []string
	for _, s := range p.waiting {
		if blockers := p.blockers(s); blockers != "" {
			later = append(later, "  "+describe(s.ID)+" waits for "+blockers)
		}
	}
	lines = append(lines, bounded(later, min(room-len(lines), maxLive), "wait")...)
	return append(lines, sum...)
}

// bounded are so many lines at most, the last of which counts those left out.
func bounded(lines []string, most int, verb string) []string {
	switch {
	case len(lines) <= most:
		return lines
	case most < 2:
		return lines[:max(most, 0)]
	}
	return append(lines[:most-1:most-1], fmt.Sprintf("  … and %d more %s", len(lines)-most+1, verb))
}

// blockers are what a step waits for: of many the first that has not ended.
func (p *progress) blockers(s *deployer.Step) string {
	var open []string
	for _, id := range s.After {
		if _, ended := p.ended[id]; !ended {
			open = append(open, describe(id))
		}
	}
	if len(open) > 1 {
		return fmt.Sprintf("%s and %d more", open[0], len(open)-1)
	}
	return strings.Join(open, "")
}

// tick redraws from time to time, as long as something is shown.
func (p *progress) tick() {
	if p.ticking != nil {
		return
	}
	end := make(chan struct{})
	p.ticking = end
	go func() {
		ticker := time.NewTicker(redrawEvery)
		defer ticker.Stop()
		for {
			select {
			case <-end:
				return
			case <-ticker.C:
				p.mu.Lock()
				if p.ticking == end { // not closed meanwhile
					p.redraw()
				}
				p.mu.Unlock()
			}
		}
	}()
}
