package aws

import (
	"context"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/chalicefile/chalicefile/deployer"
)

// wrongClock is the clock of a machine that is wrong.
type wrongClock struct{ by time.Duration }

func (c wrongClock) Now() time.Time { return time.Now().Add(c.by) }

func (c wrongClock) Sleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }

// TestLockWithWrongClocks: how long an entry still holds is the same for all,
// however wrong the clock of its holder or of who looks is.
func TestLockWithWrongClocks(t *testing.T) {
	clients, ctx := motoClients(t), context.Background()
	const lease = time.Minute
	for _, holders := range []time.Duration{0, -time.Hour, time.Hour} {
		holder := &lockStore{clients.SSM, testOwner, wrongClock{holders}}
		entry := deployer.LockEntry{Number: 1, Holder: deployer.Holder{ID: "me", Until: holder.clock.Now().Add(lease)}}
		if err := holder.Create(ctx, entry); err != nil {
			t.Fatal(err)
		}
		for _, by := range []time.Duration{0, -time.Hour, time.Hour} {
			other := &lockStore{clients.SSM, testOwner, wrongClock{by}}
			entries, err := other.List(ctx)
			if err != nil || len(entries) != 1 {
				t.Fatal(entries, err)
			}
			if left := entries[0].Holder.Until.Sub(other.clock.Now()); left < lease/2 || left > lease {
				t.Errorf("the holder's clock is wrong by %v, this one by %v: %v are left", holders, by, left)
			}
		}
		if err := holder.Remove(ctx, 1); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLockOfNobody: what is no entry holds nobody off.
func TestLockOfNobody(t *testing.T) {
	clients, ctx := motoClients(t), context.Background()
	store := &lockStore{clients.SSM, testOwner, wrongClock{}}
	for name, value := range map[string]string{"1": "{", "2": `{"until":"2999-01-01T00:00:00Z"}`, "x": `{"id":"me","until":"2999-01-01T00:00:00Z"}`} {
		input := &ssm.PutParameterInput{Name: awssdk.String(store.path() + "/" + name), Value: &value, Type: types.ParameterTypeString}
		if _, err := clients.SSM.PutParameter(ctx, input); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := store.List(ctx)
	if err != nil || len(entries) != 2 {
		t.Fatal(entries, err)
	}
	for _, e := range entries {
		if e.Holder.ID != "" || e.Holder.Until.After(time.Now()) {
			t.Errorf("%+v", e)
		}
	}
}
