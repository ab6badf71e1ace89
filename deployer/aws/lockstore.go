package aws

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// parameterAPI is what the lock needs.
type parameterAPI interface {
	GetParametersByPath(context.Context, *ssm.GetParametersByPathInput, ...func(*ssm.Options)) (*ssm.GetParametersByPathOutput, error)
	GetParameter(context.Context, *ssm.GetParameterInput, ...func(*ssm.Options)) (*ssm.GetParameterOutput, error)
	PutParameter(context.Context, *ssm.PutParameterInput, ...func(*ssm.Options)) (*ssm.PutParameterOutput, error)
	DeleteParameters(context.Context, *ssm.DeleteParametersInput, ...func(*ssm.Options)) (*ssm.DeleteParametersOutput, error)
}

// lockStore keeps the lock's entries as parameters of SSM:
// /chalicefile/APP/STAGE/lock/NUMBER.
type lockStore struct {
	api   parameterAPI
	owner resource.Owner
	clock deployer.Clock
}

var _ deployer.LockStore = (*lockStore)(nil)

func (l *lockStore) path() string {
	return "/chalicefile/" + l.owner.App + "/" + l.owner.Stage + "/lock"
}

func (l *lockStore) name(number int) string { return l.path() + "/" + strconv.Itoa(number) }

// List reads all entries. One that cannot be understood is nobody's, and has
// expired. How long one still holds is told by the clock of AWS: those of its
// holder and of this machine may differ.
func (l *lockStore) List(ctx context.Context) ([]deployer.LockEntry, error) {
	ctx = withWait(ctx, l.clock, nil)
	var entries []deployer.LockEntry
	pages := ssm.NewGetParametersByPathPaginator(l.api, &ssm.GetParametersByPathInput{Path: awssdk.String(l.path())})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fail(err)
		}
		for _, p := range page.Parameters {
			number, err := strconv.Atoi(strings.TrimPrefix(awssdk.ToString(p.Name), l.path()+"/"))
			if err == nil {
				v := valueOf(p.Value)
				if now, ok := awsmiddleware.GetServerTime(page.ResultMetadata); ok && p.LastModifiedDate != nil && !v.Written.IsZero() {
					lease := v.Until.Sub(v.Written)
					v.Until = l.clock.Now().Add(min(lease, p.LastModifiedDate.Add(lease).Sub(now)))
				}
				entries = append(entries, deployer.LockEntry{Number: number, Holder: v.Holder})
			}
		}
	}
	slices.SortFunc(entries, func(a, b deployer.LockEntry) int { return a.Number - b.Number })
	return entries, nil
}

// lockValue is the value of an entry's parameter.
type lockValue struct {
	deployer.Holder
	// Written is when, by the holder's clock, this was written.
	Written time.Time `json:"written,omitzero"`
}

func valueOf(text *string) lockValue {
	var v lockValue
	if json.Unmarshal([]byte(awssdk.ToString(text)), &v) != nil || v.ID == "" {
		return lockValue{}
	}
	return v
}

// Create makes an entry, with the owner's tags. That there is one already may
// come of an answer that was lost: then it is one's own.
func (l *lockStore) Create(ctx context.Context, entry deployer.LockEntry) error {
	err := l.put(ctx, entry, false)
	if !isClass(err, deployer.ClassExists) {
		return err
	}
	out, getErr := l.api.GetParameter(ctx, &ssm.GetParameterInput{Name: awssdk.String(l.name(entry.Number))})
	if getErr == nil && out.Parameter != nil && entry.Holder.ID != "" && valueOf(out.Parameter.Value).ID == entry.Holder.ID {
		return nil
	}
	return err
}

// Renew writes an entry again.
func (l *lockStore) Renew(ctx context.Context, entry deployer.LockEntry) error {
	return l.put(ctx, entry, true)
}

// put writes an entry. SSM takes tags only where nothing is overwritten.
func (l *lockStore) put(ctx context.Context, entry deployer.LockEntry, overwrite bool) error {
	value, err := json.Marshal(lockValue{entry.Holder, l.clock.Now().UTC()})
	if err != nil {
		return err
	}
	input := &ssm.PutParameterInput{
		Name: awssdk.String(l.name(entry.Number)), Value: awssdk.String(string(value)), Type: types.ParameterTypeString, Overwrite: &overwrite,
	}
	if !overwrite {
		input.Tags = tagList(l.owner.Tags(), func(key, value string) types.Tag { return types.Tag{Key: &key, Value: &value} })
	}
	_, err = l.api.PutParameter(withWait(ctx, l.clock, nil), input)
	return fail(err)
}

// Remove removes entries, ten at a time.
func (l *lockStore) Remove(ctx context.Context, numbers ...int) error {
	var names []string
	for _, n := range numbers {
		names = append(names, l.name(n))
	}
	for some := range slices.Chunk(names, 10) {
		if _, err := l.api.DeleteParameters(withWait(ctx, l.clock, nil), &ssm.DeleteParametersInput{Names: some}); err != nil {
			return fail(err)
		}
	}
	return nil
}
