// Package policygen makes the policy of each Lambda function's role: what its
// code can call, what the Chalicefile implies (its event source, its network,
// its logs), and what the Chalicefile states, each with the reasons for it.
package policygen

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/chalicefile/chalicefile/internal/gosrc"
	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/internal/source"
	"github.com/chalicefile/chalicefile/loader/diag"
	"github.com/chalicefile/chalicefile/policy"
	"github.com/chalicefile/chalicefile/policy/callscan"
)

// Input says what policies are made of.
type Input struct {
	// App is bound to its handlers.
	App *model.App
	// Program is the code, loaded as Configure says; without it no calls are
	// found.
	Program *gosrc.Program
	// Functions are the names of those whose policies are wanted; nil means all.
	Functions []string
	// Place is where resources are that are named without an ARN. Region and
	// Account "" are "*", Partition "" that of the app's region.
	Place source.Place
	// WebSocketAPI is the id of the app's WebSocket API; "" is any.
	WebSocketAPI string
	// FromFile takes the policy file, whatever autogen_policy says.
	FromFile bool
	// ReadFile reads policy files, by absolute path; nil means os.ReadFile.
	ReadFile func(path string) ([]byte, error)
}

// Origin says where a policy comes from.
type Origin string

// The origins.
const (
	Generated Origin = "generated"
	File      Origin = "file" // iam.policy_file
	Role      Origin = "role" // none: the function runs as role_arn
)

// Policy is that of one function.
type Policy struct {
	Function *model.Function
	Origin   Origin
	Document policy.Document
	// RoleARN is the role of Origin Role; File the name of the file of Origin
	// File, relative to the Chalicefile.
	RoleARN, File string
	// Reasons for what the document allows, sorted by action and resources. What
	// a wider statement allows anyway has its reasons too.
	Reasons []*Reason
}

// Result is what Generate made.
type Result struct {
	// Policies in the order of the app's functions.
	Policies []*Policy
	// Findings are at paths of the Chalicefile, and at ranges of Go files.
	Findings diag.List
}

// Configure completes what gosrc is to load for Input.Program.
func Configure(c gosrc.Config) gosrc.Config { return callscan.Configure(c) }

// ConfigureCheck is Configure for Check: of an app without clients of AWS,
// nothing but what a check of its handlers needs is loaded.
func ConfigureCheck(c gosrc.Config) gosrc.Config {
	c = Configure(c)
	c.BodiesFor = func(path string) bool { return strings.HasPrefix(path, "github.com/aws/aws-sdk-go-v2/service/") }
	return c
}

// Check tells what is wrong with the policies of an app, but not what its code
// leaves open: program is loaded as ConfigureCheck says.
func Check(ctx context.Context, app *model.App, program *gosrc.Program) (diag.List, error) {
	in := Input{App: app, Program: program}
	if program == nil || !program.HasBodies() {
		in.Program = nil
	}
	if !NeedsCode(app, false) {
		return diag.List{}, nil // what is wrong with policy files has been told
	}
	result, err := Generate(ctx, in)
	if err != nil {
		return diag.List{}, err
	}
	result.Findings.Findings = slices.DeleteFunc(result.Findings.Findings, func(f diag.Finding) bool {
		return f.Code != "policy-too-large" && f.Code != "policy-statement"
	})
	return result.Findings, nil
}

// NeedsCode says whether a policy of the app is made from its code.
func NeedsCode(app *model.App, fromFile bool) bool {
	return autogen(app) && !fromFile && slices.ContainsFunc(app.Functions, func(fn *model.Function) bool { return app.RoleOf(fn) == "" })
}

// Generate makes the policies. The error is for what hinders the analysis of
// the code; what is wrong with it is among the findings.
func Generate(ctx context.Context, in Input) (*Result, error) {
	g := &generator{Input: in, at: placeOf(in), result: &Result{}}
	if g.ReadFile == nil {
		g.ReadFile = os.ReadFile
	}
	if err := g.scan(ctx); err != nil {
		return nil, err
	}
	file := g.fileNeeded()
	for _, fn := range g.App.Functions {
		if !g.wanted(fn) {
			continue
		}
		p := &Policy{Function: fn, RoleARN: g.App.RoleOf(fn)}
		switch {
		case p.RoleARN != "":
			p.Origin = Role
		case file != nil:
			p.Origin, p.File = File, file.name
			g.fromFile(p, file)
		default:
			p.Origin = Generated
			g.generate(p)
		}
		g.result.Policies = append(g.result.Policies, p)
	}
	return g.result, nil
}

// JSON writes policies as gen-policy prints them and policy files hold them: the
// policy itself where there is one, else an object of policies by function name.
// Functions with a role of somebody else's have none.
func JSON(policies []*Policy) []byte {
	var names []string
	documents := map[string][]byte{}
	for _, p := range policies {
		if p.Origin != Role {
			names = append(names, p.Function.Name)
			documents[p.Function.Name] = p.Document.JSON()
		}
	}
	if len(names) == 1 {
		return documents[names[0]]
	}
	slices.Sort(names)
	var b bytes.Buffer
	b.WriteString("{")
	for i, name := range names {
		if i > 0 {
			b.WriteString(",")
		}
		text := bytes.ReplaceAll(bytes.TrimSpace(documents[name]), []byte("\n"), []byte("\n  "))
		fmt.Fprintf(&b, "\n  %q: %s", name, text)
	}
	if len(names) > 0 {
		b.WriteString("\n")
	}
	b.WriteString("}\n")
	return b.Bytes()
}

type generator struct {
	Input
	at     source.Place
	calls  map[string]*callscan.Function
	result *Result
}

func (g *generator) wanted(fn *model.Function) bool {
	return g.Functions == nil || slices.Contains(g.Functions, fn.Name)
}

func placeOf(in Input) source.Place {
	p := in.Place
	if p.Region == "" {
		p.Region = "*"
	}
	if p.Account == "" {
		p.Account = "*"
	}
	if p.Partition == "" {
		p.Partition = partition(in.App.Spec.Region)
	}
	return p
}

// partition of AWS that a region is in.
func partition(region string) string {
	for prefix, name := range map[string]string{
		"cn-": "aws-cn", "us-gov-": "aws-us-gov", "us-iso-": "aws-iso", "us-isob-": "aws-iso-b",
		"eu-isoe-": "aws-iso-e", "us-isof-": "aws-iso-f", "eusc-": "aws-eusc",
	} {
		if strings.HasPrefix(region, prefix) {
			return name
		}
	}
	return "aws"
}

func autogen(app *model.App) bool {
	return app.Spec.IAM.AutogenPolicy == nil || *app.Spec.IAM.AutogenPolicy
}

// scan finds the calls of the functions whose policies are generated.
func (g *generator) scan(ctx context.Context) error {
	g.calls = map[string]*callscan.Function{}
	if !autogen(g.App) || g.FromFile || g.Program == nil {
		return nil
	}
	var names []string
	for _, fn := range g.App.Functions {
		if g.wanted(fn) && g.App.RoleOf(fn) == "" {
			names = append(names, fn.Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	scanned, err := callscan.Scan(ctx, callscan.Input{App: g.App, Program: g.Program, Functions: names})
	if err != nil {
		return fmt.Errorf("looking for calls of AWS: %w", err)
	}
	g.result.Findings.Add(scanned.Findings.Findings...)
	for _, f := range scanned.Functions {
		g.calls[f.Name] = f
	}
	return nil
}

// generate makes a policy of calls, implied and stated rights.
func (g *generator) generate(p *Policy) {
	b := &builder{generator: g, function: p.Function}
	if f := g.calls[p.Function.Name]; f != nil {
		for _, call := range f.Calls {
			b.call(call)
		}
	}
	b.implied()
	b.stated()
	p.Document = policy.Merge(policy.Document{Statements: b.statements})
	p.Reasons = b.sortedReasons()
	p.Document = g.fit(p.Function, p.Document)
}

// builder collects the statements of one function, and why they are there.
type builder struct {
	*generator
	function   *model.Function
	statements []policy.Statement
	reasons    map[string]*Reason
}

// allow adds a statement and the cause of it.
func (b *builder) allow(s policy.Statement, because Cause) {
	s.Resource, s.NotResource = b.placed(s.Resource), b.placed(s.NotResource)
	b.statements = append(b.statements, s)
	for _, action := range s.Action {
		b.because(s, action, because)
	}
	for _, action := range s.NotAction {
		b.because(s, "all but "+action, because)
	}
}

// placed puts the place into ARNs that ${region} and ${account} of the
// Chalicefile stand in: in a file that is loaded without AWS they are none.
func (b *builder) placed(arns []string) []string {
	var out []string
	for _, arn := range arns {
		parts := strings.SplitN(arn, ":", 6)
		if len(parts) == 6 && parts[4] != "" && parts[4] == b.App.Spec.Account {
			parts[4] = b.at.Account
			if parts[3] == b.App.Spec.Region {
				parts[3] = b.at.Region
			}
			arn = strings.Join(parts, ":")
		}
		out = append(out, arn)
	}
	return out
}
