package policygen

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"

	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/loader/diag"
	"github.com/chalicefile/chalicefile/policy"
	"github.com/chalicefile/chalicefile/spec"
)

// stated adds the statements of the app and of the function.
func (b *builder) stated() {
	b.statementsAt(b.App.Spec.IAM.Statements, diag.Path{"iam", "statements"})
	at := b.setting("iam", Cause{}).At.Path
	b.statementsAt(b.function.Settings.IAM.Statements, at.With("statements"))
}

func (b *builder) statementsAt(list [][]byte, at diag.Path) {
	for i, raw := range list {
		here := at.With(strconv.Itoa(i))
		s, err := parseStatement(raw)
		if err != nil {
			b.result.Findings.Err("policy-statement", diag.Value(here...), "not a statement that IAM takes: "+err.Error())
			continue
		}
		b.allow(s, Cause{Kind: Stated, Text: "stated in the Chalicefile", At: diag.Value(here...)})
	}
}

func parseStatement(raw []byte) (policy.Statement, error) {
	doc, err := policy.ParseIdentity(fmt.Appendf(nil, `{"Statement":[%s]}`, raw))
	var problems policy.Problems
	switch {
	case errors.As(err, &problems):
		return policy.Statement{}, errors.New(problems[0].Message)
	case err != nil:
		return policy.Statement{}, err
	}
	return doc.Statements[0], nil
}

// ownSettings are the settings that the file gives a function itself; nil where
// it gives none.
func ownSettings(fn *model.Function, app *spec.App) *spec.Settings {
	switch {
	case fn.Event != nil:
		return &fn.Event.Settings
	case fn.Schedule != nil:
		return &fn.Schedule.Settings
	}
	for i := range app.Authorizers {
		if a := &app.Authorizers[i]; a.Name == fn.Name && a.Handler != nil && fn.Kind == model.KindAuthorizer {
			return &a.Handler.Settings
		}
	}
	for i := range app.Functions {
		if app.Functions[i].Name == fn.Name {
			return &app.Functions[i].Settings
		}
	}
	return nil
}

// policyFile is a file of policies that people write.
type policyFile struct {
	name string
	at   diag.At
	// one is the policy for every function, else each has its own in by.
	one *policy.Document
	by  map[string]json.RawMessage
	// broken: what is wrong has been told.
	broken bool
}

// fileNeeded reads the policy file where policies are not generated; nil where
// they are.
func (g *generator) fileNeeded() *policyFile {
	iam := g.App.Spec.IAM
	if autogen(g.App) && !g.FromFile {
		return nil
	}
	f := &policyFile{name: iam.PolicyFile, at: diag.Value("iam", "policy_file")}
	if f.name == "" {
		f.name, f.at = FileName(g.App.Stage), diag.Key("iam", "autogen_policy")
	}
	if !NeedsFile(g.App) {
		return f
	}
	data, err := g.ReadFile(filepath.Join(g.App.Module.AppDir, filepath.FromSlash(f.name)))
	if err != nil {
		why := err.Error()
		if errors.Is(err, fs.ErrNotExist) {
			why = "there is no such file"
		}
		g.fileFault(f, fmt.Sprintf("cannot read %s: %s", f.name, why), "write it, or name another one by policy_file")
		return f
	}
	g.parseFile(f, data)
	return f
}

// FileName is the name of the policy file of a stage, relative to the
// Chalicefile, where policy_file names none.
func FileName(stage string) string { return ".chalicefile/policy-" + stage + ".json" }

// NeedsFile says whether a function of the app has a role that deploy makes.
func NeedsFile(app *model.App) bool {
	for _, fn := range app.Functions {
		if app.RoleOf(fn) == "" {
			return true
		}
	}
	return false
}

func (g *generator) parseFile(f *policyFile, data []byte) {
	var content map[string]json.RawMessage
	if err := json.Unmarshal(data, &content); err != nil {
		g.fileFault(f, fmt.Sprintf("%s is no policy: %v", f.name, err), "it holds an IAM policy as JSON, or an object of them by function name")
		return
	}
	if content["Statement"] == nil {
		f.by = content
		return
	}
	f.one = g.parsePolicy(f, f.name, data)
}

func (g *generator) parsePolicy(f *policyFile, what string, data []byte) *policy.Document {
	doc, err := policy.ParseIdentity(bytes.TrimSpace(data))
	if err != nil {
		g.fileFault(f, fmt.Sprintf("%s is no policy that IAM takes: %v", what, err), "")
		return nil
	}
	return &doc
}

func (g *generator) fileFault(f *policyFile, message, hint string) {
	f.broken = true
	g.result.Findings.Err("policy-file", f.at, message).WithHint(hint)
}

// fromFile takes a function's policy out of the file, as it stands there.
func (g *generator) fromFile(p *Policy, f *policyFile) {
	doc := f.one
	if doc == nil && !f.broken {
		raw, ok := f.by[p.Function.Name]
		if !ok {
			g.result.Findings.Err("policy-file", f.at, fmt.Sprintf("%s has no policy for function %q", f.name, p.Function.Name)).
				WithHint(fmt.Sprintf("add %q to it, or make it one policy for every function", p.Function.Name))
			return
		}
		doc = g.parsePolicy(f, fmt.Sprintf("%q of %s", p.Function.Name, f.name), raw)
		f.broken = false // the others may be sound
	}
	if doc == nil {
		return
	}
	p.Document = *doc
	if !fits(p.Document) {
		g.tooLarge(p.Function, p.Document.Size(), "write it shorter: patterns for actions or resources of one kind")
	}
}
