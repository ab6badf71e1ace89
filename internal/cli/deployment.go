package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/deployer/aws"
	"github.com/chalicefile/chalicefile/deployer/bundle"
	"github.com/chalicefile/chalicefile/deployer/desired"
	"github.com/chalicefile/chalicefile/deployer/state"
	"github.com/chalicefile/chalicefile/internal/policygen"
	"github.com/chalicefile/chalicefile/internal/project"
	"github.com/chalicefile/chalicefile/internal/resource"
	"github.com/chalicefile/chalicefile/internal/source"
	"github.com/chalicefile/chalicefile/loader/diag"
	"github.com/chalicefile/chalicefile/policy"
	"github.com/chalicefile/chalicefile/spec"
)

// deployment is what plan, deploy and delete share: one stage of an app, on its
// way to be equal to its Chalicefile or to be nothing.
type deployment struct {
	s        *session
	aws      *awsSession
	fromFile bool // --no-autogen-policy
	// stageFlag is --stage as given.
	stageFlag string
	progress  *progress
	job       *deployer.Job
	// policies of the functions, once the Go code has been read.
	policies []*policygen.Policy
}

// newDeployment asks AWS who this is and reads the Chalicefile: what follows
// reads AWS already while the Go code is looked at.
func newDeployment(ctx context.Context, s *session, stage string, f awsFlags) (*deployment, error) {
	a, err := s.connect(ctx, stage, f)
	if err != nil {
		return nil, err
	}
	d := &deployment{s: s, aws: a, stageFlag: stage, progress: newProgress(s)}
	d.job = &deployer.Job{
		World:   aws.World(a.Clients, a.Owner, wallClock{}),
		Store:   &state.Store{Path: filepath.Join(a.Options.Dir, ".chalicefile", "deployed", a.Owner.Stage+".json")},
		Who:     s.whoami(),
		Observe: d.progress.observe,
	}
	return d, nil
}

// deploys makes the job one that deploys. Where the Chalicefile is at fault
// already, all is told that can be, the Go code's faults among it.
func (d *deployment) deploys(ctx context.Context) error {
	outline, list := desired.Graph(desired.Input{App: d.aws.App, Owner: d.aws.Owner})
	if list.HasErrors() || d.aws.Loaded.Findings.HasErrors() {
		p, found := project.Load(ctx, d.options())
		if err := ctx.Err(); err != nil {
			return err
		}
		found.Add(d.aws.Loaded.Resolve(d.aws.Loaded.App, list).Findings...)
		found.Sort()
		return d.s.tell(p, found)
	}
	d.job.Target, d.job.Outline, d.job.Complete = deployer.Deploy, outline, d.complete
	return nil
}

// deletes makes the job one that deletes: it needs the names in the Chalicefile
// and no Go code, and whatever else is wrong with it does not matter.
func (d *deployment) deletes() {
	d.job.Target = deployer.Delete
	d.job.Outline, _ = desired.Graph(desired.Input{App: d.aws.App, Owner: d.aws.Owner})
}

func (d *deployment) options() project.Options {
	options := d.aws.Options
	options.Target = project.Target{GOOS: "linux", GOARCH: project.LambdaArch}
	if policygen.NeedsCode(d.aws.App, d.fromFile) {
		options.Configure = policygen.Configure
	}
	return options
}

// complete looks at the Go code, makes policies and zips side by side, and of
// them the graph. All findings are told.
func (d *deployment) complete(ctx context.Context) (*resource.Graph, error) {
	end := d.progress.begin("loading the Go code")
	p, list := project.Load(ctx, d.options())
	end()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if p.App == nil {
		return nil, d.tell(p, list)
	}
	made, err := d.make(ctx, p)
	if err != nil {
		return nil, err
	}
	list.Add(p.Resolve(made.findings).Findings...)
	graph, found := desired.Graph(desired.Input{App: p.App, Owner: d.aws.Owner, Policies: made.policies, Code: made.code})
	list.Add(p.Resolve(found).Findings...)
	list.Sort()
	list.Findings = slices.CompactFunc(list.Findings, func(a, b diag.Finding) bool {
		return a.Code == b.Code && a.Message == b.Message && a.Range == b.Range
	})
	return graph, d.tell(p, list)
}

// parts are what is made of the Go code.
type parts struct {
	policies map[string]policy.Document
	code     map[string]*resource.Code
	findings diag.List
}

// make makes the policies and the zips.
func (d *deployment) make(ctx context.Context, p *project.Project) (*parts, error) {
	var (
		work               sync.WaitGroup
		built              map[string]bundle.Archive
		faults             diag.List
		result             *policygen.Result
		buildErr, policies error
	)
	work.Go(func() {
		defer d.progress.begin("building for Lambda")()
		built, faults, buildErr = p.Archive(ctx)
	})
	work.Go(func() {
		defer d.progress.begin("looking for calls of AWS")()
		result, policies = policygen.Generate(ctx, policygen.Input{
			App: p.App, Program: p.Program, Place: d.place(), FromFile: d.fromFile,
		})
	})
	work.Wait()
	if err := errors.Join(buildErr, policies); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, err
	}
	d.policies = result.Policies
	made := &parts{policies: map[string]policy.Document{}, code: map[string]*resource.Code{}}
	made.findings.Add(faults.Findings...)
	made.findings.Add(result.Findings.Findings...)
	for _, pol := range result.Policies {
		if pol.Origin != policygen.Role {
			made.policies[pol.Function.Name] = pol.Document
		}
	}
	for arch, archive := range built {
		made.code[arch] = &resource.Code{SHA256: archive.SHA256, Zip: archive.Bytes}
	}
	return made, nil
}

// tell writes findings in between what is shown live.
func (d *deployment) tell(p *project.Project, list diag.List) error {
	defer d.progress.pause()()
	return d.s.tell(p, list)
}

// writePolicy writes the policies that were generated, for people to read and
// to keep: not over a file that is read in place of generating.
func (d *deployment) writePolicy() error {
	generated := slices.ContainsFunc(d.policies, func(p *policygen.Policy) bool { return p.Origin == policygen.Generated })
	name := policygen.FileName(d.aws.Owner.Stage)
	if !generated || d.readsPolicyFile(name) {
		return nil
	}
	path := filepath.Join(d.aws.Options.Dir, filepath.FromSlash(name))
	data := policygen.JSON(d.policies)
	if old, err := os.ReadFile(path); err == nil && string(old) == string(data) {
		return nil
	}
	if err := project.Prepare(d.aws.Options.Dir); err != nil {
		return err
	}
	return writeFileAtomically(path, data)
}

// readsPolicyFile says whether a stage's policies are, or are to be, those of a
// file.
func (d *deployment) readsPolicyFile(name string) bool {
	for _, app := range append([]*spec.App{d.aws.Loaded.App}, d.aws.Loaded.Others...) {
		file := app.IAM.PolicyFile
		if file == "" && app.IAM.AutogenPolicy != nil && !*app.IAM.AutogenPolicy {
			file = policygen.FileName(app.Stage)
		}
		if file != "" && filepath.Clean(file) == filepath.Clean(name) {
			return true
		}
	}
	return false
}

// where is "helloworld, stage dev, in us-west-2".
func (d *deployment) where() string {
	return fmt.Sprintf("%s, stage %s, in %s", d.aws.Owner.App, d.aws.Owner.Stage, d.aws.Owner.Region)
}

// place is where resources are that the code names.
func (d *deployment) place() source.Place {
	return source.Place{Partition: d.aws.Owner.Partition, Region: d.aws.Owner.Region, Account: d.aws.Owner.Account}
}

// wallClock is the time.
type wallClock struct{}

// Now implements deployer.Clock, as does Sleep.
func (wallClock) Now() time.Time { return time.Now() }

func (wallClock) Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
