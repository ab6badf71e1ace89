package cli

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/chalicefile/chalicefile/internal/policygen"
	"github.com/chalicefile/chalicefile/internal/project"
	"github.com/chalicefile/chalicefile/loader/diag"
	"github.com/chalicefile/chalicefile/policy"
	"github.com/chalicefile/chalicefile/policy/callscan"
)

// The JSON view of what gen-policy --explain says.
type (
	explainedView struct {
		Functions []explainedFunction `json:"functions"`
	}
	explainedFunction struct {
		Name       string            `json:"name"`
		LambdaName string            `json:"lambda_name"`
		Origin     policygen.Origin  `json:"origin"`
		RoleARN    string            `json:"role_arn,omitempty"`
		File       string            `json:"file,omitempty"`
		Size       int               `json:"size,omitempty"`
		Policy     *policy.Document  `json:"policy,omitempty"`
		Reasons    []explainedReason `json:"reasons"`
	}
	explainedReason struct {
		Effect    string           `json:"effect"`
		Action    string           `json:"action"`
		Resources []string         `json:"resources"`
		Because   []explainedCause `json:"because"`
	}
	explainedCause struct {
		Kind policygen.Kind `json:"kind"`
		Text string         `json:"text"`
		*explainedPlace
		Via  []explainedStep `json:"via,omitempty"`
		Wide []explainedWide `json:"wide,omitempty"`
	}
	explainedPlace struct {
		File   string `json:"file"`
		Line   int    `json:"line"`
		Column int    `json:"column"`
	}
	explainedStep struct {
		Func string `json:"func"`
		Root string `json:"root,omitempty"`
		*explainedPlace
	}
	explainedWide struct {
		Argument string `json:"argument,omitempty"`
		Text     string `json:"text"`
		*explainedPlace
	}
)

// explainer writes positions as the working directory sees them.
type explainer struct {
	project *project.Project
	prefix  string
}

func (s *session) explain(p *project.Project, policies []*policygen.Policy, format string) error {
	e := &explainer{project: p, prefix: s.prefix(p.Dir, outputText)}
	view := explainedView{Functions: []explainedFunction{}}
	for _, one := range policies {
		view.Functions = append(view.Functions, e.function(one))
	}
	if format == outputJSON {
		return writeJSON(s.Stdout, view)
	}
	var b strings.Builder
	for i, f := range view.Functions {
		if i > 0 {
			b.WriteByte('\n')
		}
		f.write(&b)
	}
	_, err := s.Stdout.Write([]byte(b.String()))
	return err
}

func (e *explainer) function(p *policygen.Policy) explainedFunction {
	f := explainedFunction{
		Name: p.Function.Name, LambdaName: p.Function.LambdaName, Origin: p.Origin, RoleARN: p.RoleARN, File: p.File,
		Reasons: []explainedReason{},
	}
	if p.Origin != policygen.Role {
		f.Policy, f.Size = &p.Document, p.Document.Size()
	}
	for _, r := range p.Reasons {
		view := explainedReason{Effect: r.Effect, Action: r.Action, Resources: r.Resources}
		for _, c := range r.Because {
			view.Because = append(view.Because, e.cause(c))
		}
		f.Reasons = append(f.Reasons, view)
	}
	return f
}

func (e *explainer) cause(c policygen.Cause) explainedCause {
	view := explainedCause{Kind: c.Kind, Text: c.Text}
	if c.Call != nil {
		view.Text = c.Call.Service + "." + c.Call.Operation
		if c.Call.How != "" {
			view.Text += " (" + c.Call.How + ")"
		}
		view.explainedPlace = e.place(c.Call.Pos)
		for _, step := range c.Call.Via {
			view.Via = append(view.Via, explainedStep{Func: step.Func, Root: step.Root, explainedPlace: e.place(step.Pos)})
		}
	} else if len(c.At.Path) > 0 {
		at := e.project.Resolve(diag.List{Findings: []diag.Finding{{At: c.At}}}).Findings[0].Range
		view.explainedPlace = e.place(callscan.Position{File: at.File, Line: at.Start.Line, Column: at.Start.Column})
	}
	for _, w := range c.Wide {
		view.Wide = append(view.Wide, explainedWide{Argument: w.Argument, Text: w.Text, explainedPlace: e.place(w.Pos)})
	}
	return view
}

func (e *explainer) place(p callscan.Position) *explainedPlace {
	if p.Line == 0 {
		return nil
	}
	file := p.File
	if !path.IsAbs(file) {
		file = path.Join(e.prefix, file)
	}
	return &explainedPlace{file, p.Line, p.Column}
}

func (p *explainedPlace) String() string { return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column) }

// write is the view for people.
func (f *explainedFunction) write(b *strings.Builder) {
	switch {
	case f.RoleARN != "":
		fmt.Fprintf(b, "%s runs as the role %s\n", f.Name, f.RoleARN)
		return
	case f.File != "":
		fmt.Fprintf(b, "%s has the policy that stands in %s\n", f.Name, f.File)
		return
	}
	fmt.Fprintf(b, "%s (%s)\n", f.Name, f.LambdaName)
	var bodies []string // in the order of their first actions
	actions := map[string][]string{}
	for _, r := range f.Reasons {
		body := r.body()
		if actions[body] == nil {
			bodies = append(bodies, body)
		}
		actions[body] = append(actions[body], r.Action)
	}
	for _, body := range bodies {
		fmt.Fprintf(b, "  %s%s", strings.Join(actions[body], ", "), body)
	}
}

// body is what follows the action: resources and causes.
func (r *explainedReason) body() string {
	var b strings.Builder
	if r.Effect == policy.Deny {
		b.WriteString(" denied")
	}
	fmt.Fprintf(&b, " on %s\n", strings.Join(r.Resources, ", "))
	for _, c := range r.Because {
		c.write(&b)
	}
	return b.String()
}

func (c *explainedCause) write(b *strings.Builder) {
	b.WriteString("    ")
	if c.explainedPlace != nil {
		fmt.Fprintf(b, "%s: ", c.explainedPlace)
	}
	b.WriteString(c.Text + "\n")
	for i, step := range slices.Backward(c.Via) {
		step.write(b, i == len(c.Via)-1)
	}
	for _, w := range c.Wide {
		b.WriteString("      * because ")
		if w.Argument != "" {
			b.WriteString(w.Argument + ": ")
		}
		b.WriteString(w.Text)
		if w.explainedPlace != nil {
			fmt.Fprintf(b, " (%s)", w.explainedPlace)
		}
		b.WriteByte('\n')
	}
}

// write is the view for people; inner is the one that calls AWS itself.
func (s *explainedStep) write(b *strings.Builder, inner bool) {
	word, at := "by", "called at"
	if inner {
		word = "in"
	}
	if s.Root != "" {
		word, at = word+" the "+s.Root, "at"
	}
	fmt.Fprintf(b, "      %s %s", word, s.Func)
	if s.explainedPlace != nil {
		fmt.Fprintf(b, ", %s %s", at, s.explainedPlace)
	}
	b.WriteByte('\n')
}
