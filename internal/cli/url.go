package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/chalicefile/chalicefile/internal/remote"
)

type urlFlags struct {
	stage  string
	apiKey bool
	aws    awsFlags
	output string
}

func newURL(s *session) *cobra.Command {
	var f urlFlags
	cmd := &cobra.Command{
		Use:   "url",
		Short: "The URL of the deployed REST API, or its API key",
		Long: `Writes the URL of the deployed REST API to standard output: that of API Gateway
itself, which answers from the deploy on. --output json adds that of the custom
domain, where the Chalicefile has one. With --api-key it is the value of the API
key that routes with api_key_required take; no other command shows it.`,
		Example: `  curl "$(chalicefile url)"
  chalicefile url --stage prod --api-key`,
		Args: arguments(),
		RunE: action(func(ctx context.Context, _ []string) error {
			return runURL(ctx, s, f)
		}),
	}
	stageVar(s, cmd, &f.stage)
	cmd.Flags().BoolVar(&f.apiKey, "api-key", false, "write the value of the API key")
	s.awsVars(cmd, &f.aws)
	outputVar(cmd, &f.output)
	return cmd
}

// deployedURL is the JSON view of where an API answers.
type deployedURL struct {
	URL             string `json:"url"`
	CustomDomainURL string `json:"custom_domain_url,omitempty"`
	APIID           string `json:"api_id"`
}

// deployedKey is the JSON view of an API key.
type deployedKey struct {
	APIKey string `json:"api_key"`
}

func runURL(ctx context.Context, s *session, f urlFlags) error {
	a, err := s.connect(ctx, f.stage, f.aws)
	if err != nil {
		return err
	}
	if f.apiKey {
		return showAPIKey(ctx, s, f, a)
	}
	end := s.step("looking for the REST API")
	id, err := remote.FindRestAPI(ctx, a.Clients.APIGateway, a.Owner)
	end()
	switch {
	case err != nil:
		return err
	case id == "" && len(a.App.Paths) == 0:
		return fmt.Errorf("the app %s has no routes, and so no URL", a.App.Name)
	case id == "":
		return a.notDeployed("the app " + a.App.Name)
	}
	v := deployedURL{URL: remote.RestAPIURL(a.Owner, id, a.App.API.StageName), APIID: id}
	if f.output == outputText {
		_, err := fmt.Fprintln(s.Stdout, v.URL)
		return err
	}
	if domain := a.App.Spec.API.CustomDomain; domain != nil {
		v.CustomDomainURL = remote.DomainURL(domain.DomainName, domain.BasePath)
	}
	return writeJSON(s.Stdout, v)
}

func showAPIKey(ctx context.Context, s *session, f urlFlags, a *awsSession) error {
	end := s.step("looking for the API key")
	value, err := remote.APIKey(ctx, a.Clients.APIGateway, a.Owner)
	end()
	switch {
	case err != nil:
		return err
	case value == "" && !needsAPIKey(a.App):
		return errors.New("the app " + a.App.Name + " has no API key: no route of it has api_key_required")
	case value == "":
		return a.notDeployed("the API key of the app " + a.App.Name)
	}
	if f.output == outputJSON {
		return writeJSON(s.Stdout, deployedKey{value})
	}
	_, err = fmt.Fprintln(s.Stdout, value)
	return err
}
