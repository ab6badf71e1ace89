package aws

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// early is a Lambda that has these against calls, one after the other, before it
// does them.
type early struct {
	*policies
	errs []error
}

func (e *early) next() error {
	if len(e.errs) == 0 {
		return nil
	}
	err := e.errs[0]
	e.errs = e.errs[1:]
	return err
}

func (e *early) AddPermission(ctx context.Context, in *lambda.AddPermissionInput, o ...func(*lambda.Options)) (*lambda.AddPermissionOutput, error) {
	if err := e.next(); err != nil {
		return nil, err
	}
	return e.policies.AddPermission(ctx, in, o...)
}

func (e *early) RemovePermission(ctx context.Context, in *lambda.RemovePermissionInput, o ...func(*lambda.Options)) (*lambda.RemovePermissionOutput, error) {
	if err := e.next(); err != nil {
		return nil, err
	}
	return e.policies.RemovePermission(ctx, in, o...)
}

func pending(operation string) error {
	return answered("Lambda", operation, 409, "ResourceConflictException",
		"The operation cannot be performed at this time. The function is currently in the following state: Pending")
}

func unknown(operation string) error {
	return answered("Lambda", operation, 404, "ResourceNotFoundException", "Function not found: "+testOwner.FunctionARN("shop-dev"))
}

// TestPermissionOfAFreshFunction: a function that was made just now is not known
// everywhere, and one that is being changed is left alone for so long.
func TestPermissionOfAFreshFunction(t *testing.T) {
	want := &resource.Permission{Function: "shop-dev", Statement: "chalicefile-s3", Principal: "s3.amazonaws.com", SourceARN: resource.Lit("arn:aws:s3:::b")}
	e := &early{policies: &policies{statements: map[string][]map[string]any{}}}
	b := newBench(&permissions{e}, "shop-dev")
	e.errs = []error{unknown("AddPermission"), pending("AddPermission")}
	if err := b.deploy(want); err != nil {
		t.Fatal(err)
	}
	b.equal(t, want)
	e.errs = []error{pending("RemovePermission")}
	if err := b.deploy(); err != nil {
		t.Fatal(err)
	}
	b.equal(t)
	for range 1000 {
		e.errs = append(e.errs, unknown("AddPermission"))
	}
	began := b.clock.Now()
	if err := b.deploy(want); !isClass(err, deployer.ClassNotFound) || b.clock.Now().Sub(began) > 2*freshLimit {
		t.Errorf("for a function that is not there it waits %v: %v", b.clock.Now().Sub(began), err)
	}
}
