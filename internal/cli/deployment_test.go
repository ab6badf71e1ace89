package cli

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chalicefile/chalicefile/internal/model"
	"github.com/chalicefile/chalicefile/internal/policygen"
	"github.com/chalicefile/chalicefile/internal/project"
	"github.com/chalicefile/chalicefile/loader"
	"github.com/chalicefile/chalicefile/policy"
	"github.com/chalicefile/chalicefile/spec"
)

// The generated policy is written, but never over a file that a stage reads.
func TestGeneratedPolicyIsWritten(t *testing.T) {
	off := false
	const generated = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n      \"Effect\": \"Allow\",\n      \"Action\": [\n        \"s3:GetObject\"\n      ],\n      \"Resource\": [\n        \"arn:a\"\n      ]\n    }\n  ]\n}\n"
	for name, test := range map[string]struct {
		origin policygen.Origin
		app    spec.IAM
		other  spec.IAM
		want   string
	}{
		"generated":                        {policygen.Generated, spec.IAM{}, spec.IAM{}, generated},
		"taken from a file":                {policygen.File, spec.IAM{}, spec.IAM{}, "kept"},
		"read in this stage":               {policygen.Generated, spec.IAM{PolicyFile: ".chalicefile/policy-dev.json"}, spec.IAM{}, "kept"},
		"read in another stage":            {policygen.Generated, spec.IAM{}, spec.IAM{AutogenPolicy: &off, PolicyFile: "./.chalicefile/policy-dev.json"}, "kept"},
		"another file in another stage":    {policygen.Generated, spec.IAM{}, spec.IAM{AutogenPolicy: &off}, generated},
		"another file in this one":         {policygen.Generated, spec.IAM{PolicyFile: "mine.json"}, spec.IAM{}, generated},
		"no policy, but somebody's role's": {policygen.Role, spec.IAM{}, spec.IAM{}, "kept"},
	} {
		t.Run(name, func(t *testing.T) {
			s, _, _ := fakeSession(Env{})
			d := fakeDeployment(s)
			d.aws.Options = project.Options{Dir: t.TempDir()}
			d.aws.Loaded = &loader.Result{App: &spec.App{IAM: test.app}, Others: []*spec.App{{Stage: "prod", IAM: test.other}}}
			d.policies = []*policygen.Policy{{
				Function: &model.Function{Name: "api"}, Origin: test.origin,
				Document: policy.Document{Statements: []policy.Statement{allow("arn:a", "s3:GetObject")}},
			}}
			path := filepath.Join(d.aws.Options.Dir, ".chalicefile", "policy-dev.json")
			if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte("kept"), 0o666); err != nil {
				t.Fatal(err)
			}
			if err := d.writePolicy(); err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, string(got), test.want)
		})
	}
}
