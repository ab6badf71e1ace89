package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/chalicefile/chalicefile/deployer/aws"
	"github.com/chalicefile/chalicefile/internal/gosrc"
	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/internal/project"
	"github.com/chalicefile/chalicefile/internal/resource"
	"github.com/chalicefile/chalicefile/loader"
)

// awsFlags are those of every command that speaks with AWS.
type awsFlags struct {
	profile string
	region  string
	timeout time.Duration // --connection-timeout, where a command has it
}

// awsVars binds --profile and --region.
func (s *session) awsVars(cmd *cobra.Command, f *awsFlags) {
	cmd.Flags().StringVar(&f.profile, "profile", "", "`NAME` of the profile of credentials (default $AWS_PROFILE)")
	cmd.Flags().StringVar(&f.region, "region", "", "`NAME` of the region (default $AWS_REGION, else the profile's)")
	_ = cmd.RegisterFlagCompletionFunc("profile", s.completeProfile)
	_ = cmd.RegisterFlagCompletionFunc("region", cobra.FixedCompletions(regions, cobra.ShellCompDirectiveNoFileComp))
}

// awsSession is one stage of an app in one account and region.
type awsSession struct {
	Clients *aws.Clients
	Owner   resource.Owner
	// Options are those of the project, with the region and the account.
	Options project.Options
	// Loaded is the Chalicefile, which may have findings; its App is not nil.
	Loaded *loader.Result
	// App is Loaded.App resolved, not bound to Go functions.
	App *model.App
}

// connect finds the account and the region, and reads the Chalicefile for
// them: the Go code is not looked at. A Chalicefile that says no app's name is
// an error, whose findings have been told; any other finding is left to the
// caller.
func (s *session) connect(ctx context.Context, stage string, f awsFlags) (*awsSession, error) {
	options, err := s.options(stage)
	if err != nil {
		return nil, err
	}
	end := s.step("asking AWS who this is")
	clients, owner, err := s.identify(ctx, f)
	end()
	if err != nil {
		return nil, err
	}
	options.Region, options.Account = owner.Region, owner.Account
	a := &awsSession{Clients: clients, Owner: owner, Options: options}
	a.Loaded = loader.Load(loader.Options{
		Dir: options.Dir, File: options.File, Stage: options.Stage,
		Region: options.Region, Account: options.Account, LookupEnv: options.LookupEnv,
	})
	if a.Loaded.App == nil || a.Loaded.App.Name == "" {
		if err := s.tellAll(a.findings()); err != nil {
			return nil, err
		}
		return nil, errors.New("the Chalicefile names no app")
	}
	module, _ := gosrc.FindModule(options.Dir) // who loads the code tells where there is none
	a.App = model.Resolve(a.Loaded.App, module)
	a.Owner.App, a.Owner.Stage = a.App.Name, options.Stage
	return a, nil
}

// findings are those of the Chalicefile.
func (a *awsSession) findings() findings {
	return findings{
		dir: a.Options.Dir, file: filepath.Join(a.Options.Dir, a.Options.File),
		sources: a.Loaded.Sources, list: a.Loaded.Findings,
	}
}

// identify makes the clients, and an owner of no app as yet.
func (s *session) identify(ctx context.Context, f awsFlags) (*aws.Clients, resource.Owner, error) {
	options := aws.Options{Profile: f.profile, Region: f.region, ConnectionTimeout: f.timeout}
	if s.debug {
		options.Debug = s.calls()
	}
	cfg, err := aws.Config(ctx, options)
	if err != nil {
		return nil, resource.Owner{}, err
	}
	clients := aws.NewClients(cfg)
	var ready sync.WaitGroup
	ready.Go(loader.Prepare)
	defer ready.Wait()
	owner, err := aws.Identity(ctx, clients)
	return clients, owner, err
}

// calls says on standard error when each call of AWS was answered, and how.
func (s *session) calls() func(string) {
	start, out := time.Now(), &lockedWriter{w: s.Stderr}
	return func(call string) {
		fmt.Fprintf(out, "debug: %6.3f s: %s\n", time.Since(start).Seconds(), call)
	}
}

// completeProfile completes the names of profiles of the shared files.
func (s *session) completeProfile(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var names []string
	for _, file := range []struct{ variable, name string }{
		{"AWS_CONFIG_FILE", "config"}, {"AWS_SHARED_CREDENTIALS_FILE", "credentials"},
	} {
		path := s.Getenv(file.variable)
		if path == "" {
			path = filepath.Join(s.Getenv("HOME"), ".aws", file.name)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		names = append(names, profiles(string(data))...)
	}
	slices.Sort(names)
	return slices.Compact(names), cobra.ShellCompDirectiveNoFileComp
}

// profiles are the names of a shared file's sections that are profiles.
func profiles(text string) []string {
	var names []string
	for line := range strings.Lines(text) {
		section, ok := strings.CutPrefix(strings.TrimSpace(line), "[")
		if !ok {
			continue
		}
		section, _, _ = strings.Cut(section, "]")
		fields := strings.Fields(section)
		switch {
		case len(fields) == 2 && fields[0] == "profile":
			names = append(names, fields[1])
		case len(fields) == 1:
			names = append(names, fields[0])
		}
	}
	return names
}

// regions are what a shell completes; any other region is as good.
var regions = []string{
	"af-south-1", "ap-east-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-south-2",
	"ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ca-central-1", "ca-west-1", "eu-central-1",
	"eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3", "il-central-1",
	"me-central-1", "me-south-1", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2",
}

// whoami is user@host, for the lock of a stage.
func (s *session) whoami() string {
	user := s.Getenv("USER")
	if user == "" {
		user = s.Getenv("USERNAME")
	}
	if user == "" {
		user = "somebody"
	}
	host, err := os.Hostname()
	if err != nil {
		host = "somewhere"
	}
	return fmt.Sprintf("%s@%s", user, host)
}
