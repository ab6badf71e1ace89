package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/chalicefile/chalicefile/internal/local"
	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/internal/remote"
)

// invokeDeployed runs a function in AWS. given is what --payload says.
func invokeDeployed(ctx context.Context, s *session, f invokeFlags, name string, given []byte) error {
	if len(given) > remote.MaxPayload {
		return fmt.Errorf("--payload: %w", remote.ErrPayloadTooLarge)
	}
	a, err := s.connect(ctx, f.stage, f.aws)
	if err != nil {
		return err
	}
	function, err := s.deployedFunction(a, name)
	if err != nil {
		return err
	}
	payload, err := eventFor(a.App, function, f, given)
	if err != nil {
		return err
	}
	end := s.step("running " + function.LambdaName)
	r, err := remote.Invoke(ctx, a.Clients.Lambda, function.LambdaName, payload)
	end()
	switch {
	case errors.Is(err, remote.ErrNotDeployed):
		return a.notDeployed("the function " + function.Name)
	case err != nil:
		return fmt.Errorf("the function %s: %w", function.Name, err)
	}
	if f.log && f.output == outputText {
		s.writeLog(a.App, r.Log)
	}
	return showInvocation(s, f, a.App, function.Name, local.Result(r))
}

// deployedFunction finds a function of the Chalicefile. Where it has none of
// the name, what is wrong with it may be why.
func (s *session) deployedFunction(a *awsSession, name string) (*model.Function, error) {
	function, err := findFunction(a.App, name)
	if err != nil && a.Loaded.Findings.HasErrors() {
		_ = s.tellAll(a.findings()) // the error is the one above
	}
	return function, err
}

// notDeployed says what is not deployed, and how to.
func (a *awsSession) notDeployed(what string) error {
	return fmt.Errorf("%s is not deployed to stage %s in %s: run \"chalicefile deploy --stage %s\"", what, a.Owner.Stage, a.Owner.Region, a.Owner.Stage)
}
