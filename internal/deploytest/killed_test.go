package deploytest

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/chalicefile/chalicefile/internal/awstest"
)

// allVar is set where every call is to be tried in every way; otherwise each way
// is tried at some of the calls only. pointVar tries one: "kill after:17".
const (
	allVar   = "CHALICEFILE_TEST_ALL"
	pointVar = "CHALICEFILE_TEST_POINT"
)

// modes are the ways in which a mutating call goes wrong, each tried at each
// stride-th call, or at each where allVar is set: all of them take ten minutes.
// The hardest, a program that was killed before it knew what was carried out, is
// tried most often.
var modes = []struct {
	name   string
	fault  awstest.Fault
	kill   bool
	stride int
}{
	{"kill after", awstest.DropAfter, true, 1},
	{"drop after", awstest.DropAfter, false, 6},
	{"kill before", awstest.DropBefore, true, 8},
	{"drop before", awstest.DropBefore, false, 8},
}

// point is one chain: the n-th mutating call of a first deploy, of an update and
// of a delete goes wrong.
type point struct{ mode, n int }

// String names a point as pointVar does.
func (p point) String() string { return fmt.Sprintf("%s:%d", modes[p.mode].name, p.n) }

// undisturbed is what the three leave behind when nothing goes wrong, and how
// many mutating calls they make.
type undisturbed struct {
	made, changed          string
	making, changing, gone int
}

func TestKilledAtEveryCall(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes")
	}
	t.Parallel()
	var (
		once   sync.Once
		points = make(chan point, 10_000)
	)
	for i := range max(2, runtime.GOMAXPROCS(0)) {
		t.Run(fmt.Sprintf("worker %d", i), func(t *testing.T) {
			t.Parallel()
			l := newLab(t, "k0")
			w := l.undisturbed(t, "k0")
			once.Do(func() {
				t.Logf("mutating calls: first deploy %d, update %d, delete %d", w.making, w.changing, w.gone)
				choose(points, max(w.making, w.changing, w.gone))
			})
			stage, stages := "k0", 0
			for p := range points {
				if t.Run(p.String(), func(t *testing.T) { l.killedAt(t, stage, w, p) }) {
					continue
				}
				// What the failure left behind is not to disturb the others.
				stages++
				stage = fmt.Sprintf("k%d", stages)
				l.python(t, setupScript, l.app, stage)
				w = l.undisturbed(t, stage)
			}
		})
	}
}

// choose fills the queue of points.
func choose(points chan<- point, most int) {
	defer close(points)
	for mode, m := range modes {
		stride := m.stride
		if os.Getenv(allVar) != "" {
			stride = 1
		}
		for n := 1; n <= most; n++ {
			p := point{mode, n}
			if one := os.Getenv(pointVar); one != "" && one != p.String() || one == "" && n%stride != 0 {
				continue
			}
			points <- p
		}
	}
}

func (l *lab) undisturbed(t *testing.T, stage string) *undisturbed {
	t.Helper()
	w := &undisturbed{}
	count := func(args ...string) int {
		l.proxy.Forget()
		l.run(t, 0, append(args, "--yes", "--stage", stage)...)
		return len(l.proxy.Mutations())
	}
	w.making = count("deploy", "--file", "small.yaml")
	w.made = l.inventory(t, stage)
	w.changing = count("deploy", "--file", "changed.yaml")
	w.changed = l.inventory(t, stage)
	w.gone = count("delete", "--file", "changed.yaml")
	l.isGone(t, stage)
	l.run(t, 0, "delete", "--yes", "--logs", "--stage", stage)
	if left := l.inventory(t, stage); strings.TrimSpace(left) != "" {
		t.Fatalf("after delete --logs there is\n%s", left)
	}
	return w
}

// killedAt is one chain.
func (l *lab) killedAt(t *testing.T, stage string, w *undisturbed, p point) {
	l.disturbed(t, p, w.making, "deploy", "--yes", "--stage", stage, "--file", "small.yaml")
	l.same(t, "the first deploy", w.made, stage)
	l.disturbed(t, p, w.changing, "deploy", "--yes", "--stage", stage, "--file", "changed.yaml")
	l.same(t, "the update", w.changed, stage)
	l.disturbed(t, p, w.gone, "delete", "--yes", "--stage", stage, "--file", "changed.yaml", "--logs")
	if left := l.inventory(t, stage); strings.TrimSpace(left) != "" {
		t.Fatalf("after the deletion there is\n%s", left)
	}
}

// same compares inventories. A deployment that no stage shows any more may be
// left; the next update removes it: there are never more than two.
func (l *lab) same(t *testing.T, after, want, stage string) {
	t.Helper()
	got := l.inventory(t, stage)
	if d := differences(without("deployments", want), without("deployments", got)); d != "" {
		t.Fatalf("after %s:\n%s", after, d)
	}
	if m := regexp.MustCompile(`deployments NAME {"count": (\d+)}`).FindStringSubmatch(got); m == nil || m[1] != "1" && m[1] != "2" {
		t.Fatalf("after %s deployments pile up: %v", after, m)
	}
}

// disturbed runs a command that goes wrong at a point, and then again, which must
// put it right; and, at some points, once more, which must change nothing.
func (l *lab) disturbed(t *testing.T, p point, calls int, args ...string) {
	t.Helper()
	mode := modes[p.mode]
	k := &killer{}
	fault := mode.fault
	if mode.kill {
		fault = fault.Then(k.kill)
	}
	l.proxy.Inject(awstest.AtMutation(p.n, fault))
	first := l.start(t, k, args...)
	l.proxy.Settle()
	log := awstest.Log(l.proxy.Mutations())
	hit := len(l.proxy.Mutations()) >= p.n
	switch {
	case p.n <= calls && !hit:
		t.Errorf("only %d mutating calls, want at least %d: %s", len(l.proxy.Mutations()), p.n, first)
	case hit && mode.kill && first.status != -1:
		t.Errorf("not killed: %s", first)
	case !mode.kill && first.status != 0:
		t.Logf("a lost answer is not healed at once: %s\n%s", first, log)
	}
	l.proxy.Forget()
	if first.status != 0 {
		if second := l.start(t, nil, args...); second.status != 0 {
			t.Fatalf("does not converge: %s\n%s\nafter %s\n%s", second, awstest.Log(l.proxy.Calls()), first, log)
		}
		l.proxy.Forget()
	}
	if os.Getenv(allVar) == "" && p.n%4 != 0 {
		return // equal inventories say as much
	}
	if again := l.start(t, nil, args...); again.status != 0 || len(l.proxy.Mutations()) > 0 {
		t.Fatalf("there was something left to do: %s\n%s\nafter %s\n%s", again, awstest.Log(l.proxy.Mutations()), first, log)
	}
}
