package aws

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// What the actuators of event sources share. What a source sends to a function
// belongs to who owns the function.

// functionName is the name in the ARN of a function, a version or an alias.
func functionName(arn string) string {
	parts := strings.SplitN(arn, ":", 8)
	if len(parts) < 7 || parts[5] != "function" {
		return ""
	}
	return parts[6]
}

// claims says whose functions are, by their names: true for the owner's, false
// for others' that have the names of wanted ones.
type claims map[string]bool

func functionClaims(q *deployer.Query) claims {
	c := claims{}
	for _, live := range q.Found(resource.KindFunction) {
		c[live.ID.Name] = live.Owned
	}
	return c
}

// add claims functions that were not found: there may be left what once called
// them.
func (c claims) add(name string) {
	if _, known := c[name]; !known {
		c[name] = true
	}
}

// permitted are the ARNs that the owner's functions have permissions for, of a
// statement id.
func permitted(q *deployer.Query, statement string) []string {
	var arns []string
	for _, live := range q.Found(resource.KindPermission) {
		p, ok := live.Resource.(*resource.Permission)
		if !ok || p.Statement != statement || !live.Owned {
			continue
		}
		if arn, known := p.SourceARN.Resolve(nil); known && arn != "" {
			arns = append(arns, arn)
		}
	}
	return arns
}

// callOf is what must stay until nothing calls the function any more.
func callOf(function, statement string) []resource.ID {
	return []resource.ID{{Kind: resource.KindPermission, Name: function + "/" + statement}, resource.FunctionID(function)}
}

// distinct are the texts, none twice, without empty ones.
func distinct(lists ...[]string) []string {
	all := slices.Sorted(slices.Values(slices.Concat(lists...)))
	return slices.DeleteFunc(slices.Compact(all), func(s string) bool { return s == "" })
}

// persist calls f again while AWS has something against it that waiting helps
// against, as patience says; hint is for when it did not.
func persist(ctx context.Context, run *deployer.Run, what string, limit time.Duration, patience func(error) bool, hint string, f func(context.Context) error) error {
	return waitFor(ctx, run, what, limit, func(ctx context.Context) (bool, error) {
		err := f(ctx)
		if err == nil {
			return true, nil
		}
		return false, later(err, patience, hint)
	})
}

// later makes errors that patience is meant for failures of ClassLater.
func later(err error, patience func(error) bool, hint string) error {
	err = fail(err)
	var f *deployer.Failure
	if errors.As(err, &f) && patience(err) {
		copied := *f
		copied.Class = deployer.ClassLater
		if copied.Hint == "" {
			copied.Hint = hint
		}
		return &copied
	}
	return err
}

// says whether AWS's words hold one of these.
func says(err error, words ...string) bool {
	var f *deployer.Failure
	return errors.As(fail(err), &f) && slices.ContainsFunc(words, func(w string) bool { return strings.Contains(f.Message, w) })
}

// explain gives an error of AWS a sentence of ours and a hint.
func explain(err error, message, hint string) error {
	var f *deployer.Failure
	if err = fail(err); !errors.As(err, &f) {
		return err
	}
	copied := *f
	copied.Message, copied.Hint = message, hint
	return &copied
}

// filled is nil for "", which AWS is not sent.
func filled(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
