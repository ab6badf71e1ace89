package cli

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path"
	"slices"
	"strings"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/remote"
	"github.com/chalicefile/chalicefile/internal/resource"
	"github.com/chalicefile/chalicefile/loader/diag"
)

// outcomeView is the JSON of what deploy or delete did.
type outcomeView struct {
	App       string         `json:"app"`
	Stage     string         `json:"stage"`
	Region    string         `json:"region"`
	Account   string         `json:"account"`
	URLs      *urlsView      `json:"urls,omitempty"`
	Resources []resourceView `json:"resources"`
	Steps     []doneView     `json:"steps"`
	Failures  []failureView  `json:"failures"`
}

type urlsView struct {
	RestAPI string       `json:"rest_api,omitempty"`
	Domains []domainView `json:"domains,omitempty"`
}

type domainView struct {
	URL string `json:"url"`
	// Target is what the domain's record of DNS must point to.
	Target string `json:"dns_target,omitempty"`
}

type resourceView struct {
	Resource   resource.ID       `json:"resource"`
	Kind       string            `json:"kind"`
	Name       string            `json:"name"`
	ARN        string            `json:"arn,omitempty"`
	Attributes map[string]string `json:"attributes,omitempty"`
}

type doneView struct {
	Resource resource.ID `json:"resource"`
	Op       string      `json:"op"`
	Status   string      `json:"status"` // done, failed, skipped
	Seconds  float64     `json:"seconds"`
}

type failureView struct {
	Resource  resource.ID `json:"resource"`
	Operation string      `json:"operation,omitempty"`
	Code      string      `json:"code,omitempty"`
	Message   string      `json:"message"`
	RequestID string      `json:"request_id,omitempty"`
	Hint      string      `json:"hint,omitempty"`
}

func (d *deployment) viewOutcome(o *deployer.Outcome) outcomeView {
	owner := d.aws.Owner
	v := outcomeView{
		App: owner.App, Stage: owner.Stage, Region: owner.Region, Account: owner.Account,
		Resources: []resourceView{}, Steps: []doneView{}, Failures: []failureView{},
	}
	if d.job.Target == deployer.Deploy {
		v.URLs = &urlsView{RestAPI: restURL(owner, o), Domains: domains(o)}
	}
	failed := map[resource.ID]bool{}
	for _, f := range o.Failed {
		failed[f.Step.ID] = true
		v.Failures = append(v.Failures, viewFailure(f))
	}
	for _, s := range o.Plan.Steps {
		if s.Want != nil {
			if attributes, exists := o.Attributes[s.ID]; exists {
				v.Resources = append(v.Resources, viewResource(owner, s.ID, attributes))
			}
		}
	}
	add := func(s *deployer.Step, status string) {
		v.Steps = append(v.Steps, doneView{s.ID, string(s.Op), status, math.Round(d.progress.took(s.ID)*1000) / 1000})
	}
	for _, s := range o.Done {
		add(s, "done")
	}
	for _, f := range o.Failed {
		add(f.Step, "failed")
	}
	for _, s := range o.Skipped {
		add(s, "skipped")
	}
	return v
}

func viewResource(owner resource.Owner, id resource.ID, attributes deployer.Attributes) resourceView {
	v := resourceView{Resource: id, Kind: string(id.Kind), Name: id.Name, ARN: attributes[resource.AttrARN], Attributes: attributes}
	if v.ARN == "" && id.Kind == resource.KindFunction {
		v.ARN = owner.FunctionARN(id.Name)
	}
	return v
}

func viewFailure(f deployer.StepFailure) failureView {
	v := failureView{Resource: f.Step.ID, Message: f.Err.Error()}
	var failure *deployer.Failure
	switch {
	case errors.As(f.Err, &failure):
		v.Operation, v.Code, v.Message = failure.Operation, failure.Code, failure.Message
		v.RequestID, v.Hint = failure.RequestID, failure.Hint
	case errors.Is(f.Err, context.Canceled):
		v.Message = "interrupted before it ended"
	}
	return v
}

// restURL is the URL of the REST API, "" where there is none.
func restURL(owner resource.Owner, o *deployer.Outcome) string {
	for _, s := range o.Plan.Steps {
		api, ok := s.Want.(*resource.RestAPI)
		if !ok || api == nil || o.Attributes[s.ID][resource.AttrID] == "" {
			continue
		}
		return remote.RestAPIURL(owner, o.Attributes[s.ID][resource.AttrID], api.StageName)
	}
	return ""
}

// domains are the URLs of custom domains, with what DNS must say.
func domains(o *deployer.Outcome) []domainView {
	var list []domainView
	for _, s := range o.Plan.Steps {
		m, ok := s.Want.(*resource.BasePathMapping)
		if !ok || m == nil || o.Attributes[s.ID] == nil && !succeeded(o, s) {
			continue
		}
		target := o.Attributes[resource.ID{Kind: resource.KindDomain, Name: m.Domain}]["target"]
		list = append(list, domainView{remote.DomainURL(m.Domain, m.BasePath), target})
	}
	return list
}

// succeeded says that there is what a step is to make.
func succeeded(o *deployer.Outcome, s *deployer.Step) bool {
	return s.Op == deployer.OpNothing || slices.Contains(o.Done, s)
}

// printDeployed closes a deploy with what a person wants of it.
func (d *deployment) printDeployed(o *deployer.Outcome) {
	if len(o.Done) == 0 {
		fmt.Fprintf(d.s.Stderr, "Nothing to do: %s is as the Chalicefile says\n", d.where())
	}
	out := d.s.Stdout
	for _, s := range o.Plan.Steps {
		if f, ok := s.Want.(*resource.Function); ok && f != nil {
			fmt.Fprintf(out, "Lambda ARN: %s\n", d.aws.Owner.FunctionARN(f.Name))
		}
	}
	if url := restURL(d.aws.Owner, o); url != "" {
		fmt.Fprintf(out, "Rest API URL: %s\n", url)
	}
	for _, domain := range domains(o) {
		fmt.Fprintf(out, "Custom domain: %s\n", domain.URL)
		if domain.Target != "" {
			host, _, _ := strings.Cut(strings.TrimPrefix(domain.URL, "https://"), "/")
			fmt.Fprintf(out, "DNS: %s CNAME %s\n", host, domain.Target)
		}
	}
}

// printFailures tells what failed and what was not tried because of it.
func (d *deployment) printFailures(o *deployer.Outcome) {
	w := d.s.Stderr
	for _, f := range o.Failed {
		v := viewFailure(f)
		fmt.Fprintf(w, "%s could not be %s: %s\n", sentence(describe(f.Step.ID)), opWords[f.Step.Op].done, failureLine(v))
		if v.Hint != "" {
			fmt.Fprintf(w, "    %s\n", v.Hint)
		}
	}
	if len(o.Skipped) > 0 {
		fmt.Fprintln(w, "Not tried because of that:")
	}
	for _, s := range o.Skipped {
		fmt.Fprintf(w, "    %s %s\n", opWords[s.Op].doing, describe(s.ID))
	}
}

// failureLine is "lambda:CreateFunction: Code: message (AWS request id …)".
func failureLine(v failureView) string {
	text := v.Message
	if v.Code != "" {
		text = v.Code + ": " + text
	}
	if v.Operation != "" {
		text = v.Operation + ": " + text
	}
	if v.RequestID != "" {
		text += " (AWS request id " + v.RequestID + ")"
	}
	return text
}

// explain makes an error that ends a job one that says what to do.
func (d *deployment) explain(err error) error {
	var locked *deployer.LockedError
	var failure *deployer.Failure
	var problems *deployer.ProblemsError
	switch {
	case err == nil, errors.Is(err, errSilent):
		return err
	case errors.As(err, &problems):
		return d.tellProblems(problems.Problems)
	case errors.As(err, &locked):
		return fmt.Errorf("%w; nothing was changed", err)
	case errors.As(err, &failure) && failure.RequestID != "":
		return fmt.Errorf("%w (AWS request id %s)", err, failure.RequestID)
	}
	return err
}

// tellProblems tells each of what keeps a plan from being carried out, at its
// place in the Chalicefile where it has one.
func (d *deployment) tellProblems(list []deployer.Problem) error {
	for i, p := range list {
		fmt.Fprintf(d.s.Stderr, "%s: error: %s\n", d.placeOf(p), p.Message)
		// The same thing to do is told once, after the last of those that need it.
		if p.Hint != "" && (i == len(list)-1 || list[i+1].Hint != p.Hint) {
			fmt.Fprintf(d.s.Stderr, "    %s\n", p.Hint)
		}
	}
	fmt.Fprintln(d.s.Stderr, "Nothing was changed")
	return errSilent
}

// placeOf is "Chalicefile.yaml:12:5", or what is known of that.
func (d *deployment) placeOf(p deployer.Problem) string {
	if p.Path == "" {
		return "chalicefile"
	}
	if d.aws.Loaded == nil {
		return p.Path
	}
	var found diag.List
	found.Err("", diag.Value(strings.Split(p.Path, ".")...), p.Message)
	at := d.aws.Loaded.Resolve(d.aws.Loaded.App, found).Findings[0].Range
	if at.IsZero() {
		return p.Path
	}
	file := path.Join(d.s.prefix(d.aws.Options.Dir, outputText), at.File)
	return fmt.Sprintf("%s:%d:%d", file, at.Start.Line, at.Start.Column)
}

// errorsBut is what else is in an error.
func errorsBut(err, but error) error {
	joined, ok := err.(interface{ Unwrap() []error })
	switch {
	case errors.Is(err, but) && !ok:
		return nil
	case !ok:
		return err
	}
	var rest []error
	for _, e := range joined.Unwrap() {
		if !errors.Is(e, but) {
			rest = append(rest, e)
		}
	}
	return errors.Join(rest...)
}
