package aws

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/chalicefile/chalicefile/deployer"
)

// How long AWS takes at most for what it is known to be late with.
const (
	roleLimit = 2 * time.Minute // until a new role can be assumed everywhere
	busyLimit = 5 * time.Minute // until a function or a mapping can be changed again
)

// whenKnown calls f again while AWS has something else under way with what f is
// about, and for as long as what was made just now may not be known everywhere.
func whenKnown(ctx context.Context, run *deployer.Run, what string, f func(context.Context) error) error {
	began := run.Clock.Now()
	return persist(ctx, run, what, busyLimit, func(err error) bool {
		return isClass(err, deployer.ClassNotFound) && run.Clock.Now().Sub(began) < freshLimit
	}, "", f)
}

// waitFor calls f until it says that it is done, with growing pauses, and tells
// run what is being waited for. An error of ClassLater means that it is not done
// yet; any other one ends the waiting. When the limit has passed, the last error
// is returned, or one that says what did not come.
func waitFor(ctx context.Context, run *deployer.Run, what string, limit time.Duration, f func(context.Context) (done bool, err error)) error {
	var waited time.Duration
	pause := 100 * time.Millisecond
	for {
		done, err := f(ctx)
		if done && err == nil || err != nil && !isClass(err, deployer.ClassLater) {
			return err
		}
		if waited >= limit {
			if err != nil {
				return err
			}
			return &deployer.Failure{
				Class: deployer.ClassLater, Message: "waited " + limit.String() + " in vain for " + what,
				Hint: "run the command again: it goes on from here",
			}
		}
		if run.Wait != nil && waited == 0 {
			run.Wait(what)
			defer run.Wait("")
		}
		sleep := pause/2 + rand.N(pause)
		if err := run.Clock.Sleep(ctx, sleep); err != nil {
			return err
		}
		waited += sleep
		pause = min(pause*3/2, 3*time.Second)
	}
}
