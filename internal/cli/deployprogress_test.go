package cli

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// fakeEvents are those of a deploy of three steps, of which one fails.
func fakeEvents() (*deployer.Plan, []deployer.Event) {
	role := fakeStep(deployer.OpCreate, nil, &resource.Role{Name: "shop-dev"})
	function := fakeStep(deployer.OpCreate, nil, fakeFunction())
	function.After = []resource.ID{role.ID}
	api := fakeStep(deployer.OpUpdate, nil, &resource.RestAPI{Name: "shop-dev"})
	api.After = []resource.ID{role.ID, function.ID}
	plan := &deployer.Plan{Steps: []*deployer.Step{role, function, api}}
	start := time.Unix(100, 0)
	return plan, []deployer.Event{
		{Kind: deployer.EventLocked, Holder: deployer.Holder{Who: "ann@desk", Since: start}},
		{Kind: deployer.EventPlanned, Plan: plan},
		{Kind: deployer.EventStarted, Step: role, At: start},
		{Kind: deployer.EventDone, Step: role, Took: 300 * time.Millisecond},
		{Kind: deployer.EventStarted, Step: function, At: start},
		{Kind: deployer.EventWaiting, Step: function, Text: "the role to be known to Lambda"},
		{Kind: deployer.EventFailed, Step: function, Err: errors.New("no"), Took: 1300 * time.Millisecond},
		{Kind: deployer.EventSkipped, Step: api, Blame: function.ID},
		{Kind: deployer.EventInterrupt, Text: "started calls end, and no new ones begin"},
		{Kind: deployer.EventWarning, Text: "the record cannot be read"},
	}
}

func TestProgressElsewhere(t *testing.T) {
	s, stdout, stderr := fakeSession(Env{})
	p := newProgress(s)
	end := p.begin("building")
	_, events := fakeEvents()
	for _, e := range events {
		p.observe(e)
	}
	end()
	p.close()
	text := stderr.String()
	first, rest, _ := strings.Cut(text, "\n")
	if !strings.HasPrefix(first, "The stage is locked by ann@desk since ") {
		t.Error(first)
	}
	equal(t, rest, `Created IAM role shop-dev (0.3 s)
Function shop-dev: waiting for the role to be known to Lambda
Failed: function shop-dev
Interrupted: started calls end, and no new ones begin
Warning: the record cannot be read
`)
	if stdout.Len() > 0 || p.took(resource.FunctionID("shop-dev")) != 1.3 {
		t.Errorf("%q, %v", stdout, p.took(resource.FunctionID("shop-dev")))
	}
}

func TestProgressLive(t *testing.T) {
	s, _, stderr := fakeSession(Env{StderrIsTerminal: true})
	p := newProgress(s)
	p.now = func() time.Time { return time.Unix(103, 0) }
	end := p.begin("building for Lambda")
	_, events := fakeEvents()
	for _, e := range events[1:6] {
		p.observe(e)
	}
	p.mu.Lock()
	equal(t, strings.Join(p.lines(23), "\n"), `  building for Lambda
  creating function shop-dev  3 s  waiting for the role to be known to Lambda
  REST API shop-dev waits for function shop-dev
  1 of 3 done`)
	p.mu.Unlock()
	resume := p.pause()
	if text := stderr.String(); !strings.HasSuffix(text, "\x1b[4A\x1b[J") || !strings.Contains(text, "Created IAM role shop-dev (0.3 s)\n") {
		t.Errorf("%q", text)
	}
	before := stderr.Len()
	p.observe(deployer.Event{Kind: deployer.EventWaiting, Step: events[4].Step})
	if stderr.Len() != before {
		t.Error("it writes while it is paused")
	}
	resume()
	end()
	p.close()
	if p.ticking != nil || len(p.drawn) != 0 {
		t.Error("something goes on")
	}
}

func TestManyLinesAreBounded(t *testing.T) {
	lines := bounded(make([]string, 20), maxLive, "wait")
	if len(lines) != maxLive || lines[maxLive-1] != "  … and 13 more wait" {
		t.Errorf("%q", lines)
	}
}

// TestProgressFits: what is shown live never needs more rows than there are,
// for what has left the terminal above cannot be taken away.
func TestProgressFits(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {20, 5}, {10, 3}, {1, 1}, {200, 2}} {
		s, _, stderr := fakeSession(Env{StderrIsTerminal: true})
		p := newProgress(s)
		width, height := size[0], size[1]
		p.size = func() (int, int) { return width, height }
		plan, events := fakeManyEvents()
		for _, e := range events {
			p.observe(e)
		}
		p.mu.Lock()
		if rows := p.rows(); rows != len(p.drawn) || rows > max(height-1, 0) {
			t.Errorf("%v: %d lines in %d rows of %d steps", size, len(p.drawn), rows, len(plan.Steps))
		}
		stderr.Reset()
		drawn := len(p.drawn)
		width = max(1, width/2) // the lines wrap
		if rows := p.rows(); width == 10 && rows <= drawn {
			t.Errorf("%v: %d rows in a terminal half as wide", size, rows)
		}
		p.mu.Unlock()
		p.close()
	}
}

// fakeManyEvents are those of a deploy of which much runs and much waits.
func fakeManyEvents() (*deployer.Plan, []deployer.Event) {
	plan := &deployer.Plan{}
	var started []deployer.Event
	for i := range 12 {
		role := fakeStep(deployer.OpCreate, nil, &resource.Role{Name: fmt.Sprint("a-name-of-some-length-", i)})
		function := fakeStep(deployer.OpCreate, nil, &resource.Function{Name: role.ID.Name})
		function.After = []resource.ID{role.ID}
		plan.Steps = append(plan.Steps, role, function)
		started = append(started, deployer.Event{Kind: deployer.EventStarted, Step: role})
	}
	return plan, append([]deployer.Event{{Kind: deployer.EventPlanned, Plan: plan}}, started...)
}
