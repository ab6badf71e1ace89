package deploytest

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chalicefile/chalicefile/internal/awstest"
)

// TestChaos: AWS has bad days. Each command succeeds, or says what failed and
// succeeds when it is run again.
func TestChaos(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes")
	}
	seeds := uint64(1)
	if os.Getenv(allVar) != "" {
		seeds = 20
	}
	for _, day := range []struct {
		name   string
		share  float64
		faults []awstest.Fault
		// must it succeed at once?
		must bool
	}{
		{"a third is throttled", 1.0 / 3, []awstest.Fault{awstest.Throttle}, true},
		{"internal errors", 0.1, []awstest.Fault{awstest.Error, awstest.ErrorAfter}, false},
		{"lost connections", 0.1, []awstest.Fault{awstest.DropBefore, awstest.DropAfter}, false},
		{"everything", 0.2, []awstest.Fault{awstest.DropBefore, awstest.DropAfter, awstest.Throttle, awstest.Error, awstest.ErrorAfter}, false},
	} {
		t.Run(day.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, "k0")
			w := l.undisturbed(t, "k0")
			l.proxy.Delay(2 * time.Millisecond)
			for seed := range seeds {
				t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
					chaos := func(args ...string) { l.stormy(t, awstest.Share(seed, day.share, day.faults...), day.must, args...) }
					chaos("deploy", "--yes", "--stage", "k0", "--file", "small.yaml")
					if d := differences(w.made, l.inventory(t, "k0")); d != "" {
						t.Errorf("after the first deploy:\n%s", d)
					}
					chaos("deploy", "--yes", "--stage", "k0", "--file", "changed.yaml")
					if d := differences(w.changed, l.inventory(t, "k0")); d != "" {
						t.Errorf("after the update:\n%s", d)
					}
					chaos("delete", "--yes", "--stage", "k0", "--file", "changed.yaml", "--logs")
					if left := l.inventory(t, "k0"); strings.TrimSpace(left) != "" {
						t.Errorf("after the deletion there is\n%s", left)
					}
				})
			}
		})
	}
}

// stormy runs a command until it succeeds, each time in the storm.
func (l *lab) stormy(t *testing.T, fault func(*awstest.Call) awstest.Fault, must bool, args ...string) {
	t.Helper()
	l.proxy.Inject(fault)
	for attempt := 1; ; attempt++ {
		r := l.start(t, nil, args...)
		if r.status == 0 {
			t.Logf("%s: %d attempts, the last took %s and %d calls", strings.Join(args[:1], " "), attempt, r.took.Round(time.Millisecond), len(l.proxy.Calls()))
			break
		}
		if must || attempt == 5 {
			t.Fatalf("attempt %d: %s\n%s", attempt, r, awstest.Log(l.proxy.Calls()))
		}
		t.Logf("attempt %d: %s", attempt, r)
		if strings.TrimSpace(r.stderr) == "" {
			t.Errorf("does not say what failed: %s", r)
		}
	}
	l.proxy.Forget()
}
