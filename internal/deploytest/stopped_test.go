package deploytest

import (
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/chalicefile/chalicefile/internal/awstest"
)

// TestInterrupted: at Ctrl-C started calls end, no new one starts.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	k := &killer{}
	// Several functions are made at once; a second Ctrl-C would end the program.
	interrupt := sync.OnceFunc(k.interrupt)
	l.proxy.Inject(func(c *awstest.Call) awstest.Fault {
		if c.Operation != "CreateFunction" {
			return awstest.None
		}
		return awstest.Hold(interrupt)
	})
	r := l.start(t, k, "deploy", "--yes", "--file", "small.yaml")
	if r.status != 130 || !strings.Contains(r.stderr, "nterrupted") {
		t.Errorf("interrupted: %s", r)
	}
	for _, c := range l.proxy.Mutations() {
		if c.Service == "apigateway" || c.Operation == "AddPermission" || c.Status == 0 {
			t.Errorf("after the interrupt: %v", &c)
		}
	}
	if n := kinds(l.inventory(t, "dev")); n["parameter"] > 0 {
		t.Error("the lock is still there")
	}
	l.proxy.Forget()
	l.deploy(t, "--file", "small.yaml")
	l.delete(t, "dev", "--file", "small.yaml")
}

func (k *killer) interrupt() {
	k.mu.Lock()
	defer k.mu.Unlock()
	_ = k.process.Signal(os.Interrupt)
}

// TestALockLeftBehind: who was killed on another machine holds the lock until it
// expires; from the same checkout it is taken over at once.
func TestALockLeftBehind(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	kill := func(args ...string) {
		k := &killer{}
		l.proxy.Inject(awstest.AtMutation(5, awstest.DropAfter.Then(k.kill)))
		if r := l.start(t, k, args...); r.status != -1 {
			t.Fatalf("not killed: %s", r)
		}
		l.proxy.Settle()
		l.proxy.Forget()
	}
	kill("deploy", "--yes", "--file", "small.yaml")
	elsewhere := l.checkout(t)
	r := l.runIn(t, elsewhere, 1, "deploy", "--yes", "--file", "small.yaml", "--lock-timeout", "1s")
	if !strings.Contains(r.stderr, "@") || !strings.Contains(r.stderr, "since") {
		t.Errorf("who holds the lock is not told: %s", r)
	}
	if r.took.Seconds() > 20 {
		t.Errorf("waited %s", r.took)
	}
	const expire = `
ssm = client("ssm")
for p in ssm.get_parameters_by_path(Path=f"/chalicefile/{args[0]}/dev", Recursive=True)["Parameters"]:
    holder = json.loads(p["Value"])
    holder["until"] = "2020-01-01T00:00:00Z"
    ssm.put_parameter(Name=p["Name"], Value=json.dumps(holder), Type="String", Overwrite=True)
    print(p["Name"])
`
	if names := l.python(t, expire, l.app); len(strings.Fields(names)) != 1 {
		t.Errorf("locks: %s", names)
	}
	l.runIn(t, elsewhere, 0, "deploy", "--yes", "--file", "small.yaml")
	l.nothingToDo(t, "--file", "small.yaml")
	if n := kinds(l.inventory(t, "dev")); n["parameter"] > 0 || n["function"] != 6 {
		t.Errorf("there is %v", n)
	}
	kill("delete", "--yes", "--file", "small.yaml")
	l.delete(t, "dev", "--file", "small.yaml", "--lock-timeout", "1s")
}
