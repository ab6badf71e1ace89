package aws

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// policies are functions' resource policies, written as Lambda writes them.
type policies struct {
	trouble
	statements map[string][]map[string]any
}

func (p *policies) GetPolicy(_ context.Context, in *lambda.GetPolicyInput, _ ...func(*lambda.Options)) (*lambda.GetPolicyOutput, error) {
	list := p.statements[*in.FunctionName]
	if len(list) == 0 {
		return nil, answered("Lambda", "GetPolicy", 404, "ResourceNotFoundException", "The resource you requested does not exist.")
	}
	text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Id": "default", "Statement": list})
	return &lambda.GetPolicyOutput{Policy: awssdk.String(string(text))}, err
}

func (p *policies) AddPermission(_ context.Context, in *lambda.AddPermissionInput, _ ...func(*lambda.Options)) (*lambda.AddPermissionOutput, error) {
	for _, s := range p.statements[*in.FunctionName] {
		if s["Sid"] == *in.StatementId {
			return nil, answered("Lambda", "AddPermission", 409, "ResourceConflictException", "The statement id ("+*in.StatementId+") provided already exists.")
		}
	}
	condition := map[string]any{}
	if in.SourceArn != nil {
		condition["ArnLike"] = map[string]any{"AWS:SourceArn": *in.SourceArn}
	}
	if in.SourceAccount != nil {
		condition["StringEquals"] = map[string]any{"AWS:SourceAccount": *in.SourceAccount}
	}
	return nil, p.mutate("add "+*in.StatementId, func() error {
		p.statements[*in.FunctionName] = append(p.statements[*in.FunctionName], map[string]any{
			"Sid": *in.StatementId, "Effect": "Allow", "Principal": map[string]any{"Service": *in.Principal}, "Action": *in.Action,
			"Resource": testOwner.FunctionARN(*in.FunctionName), "Condition": condition,
		})
		return nil
	})
}

func (p *policies) RemovePermission(_ context.Context, in *lambda.RemovePermissionInput, _ ...func(*lambda.Options)) (*lambda.RemovePermissionOutput, error) {
	for i, s := range p.statements[*in.FunctionName] {
		if s["Sid"] == *in.StatementId {
			return nil, p.mutate("remove "+*in.StatementId, func() error {
				p.statements[*in.FunctionName] = append(p.statements[*in.FunctionName][:i:i], p.statements[*in.FunctionName][i+1:]...)
				return nil
			})
		}
	}
	return nil, answered("Lambda", "RemovePermission", 404, "ResourceNotFoundException", "No policy is associated with the given resource.")
}

func TestPermissionStages(t *testing.T) {
	permit := func(statement, principal, source, account string) resource.Resource {
		return &resource.Permission{Function: "shop-dev", Statement: statement, Principal: principal, SourceARN: resource.Lit(source), SourceAccount: account}
	}
	api := permit("chalicefile-api", "apigateway.amazonaws.com", "arn:aws:execute-api:eu-west-1:1:abc/*", "")
	stages(t, func() *lab {
		p := &policies{statements: map[string][]map[string]any{"shop-dev": {{
			"Sid": "theirs", "Effect": "Allow", "Principal": "*", "Action": "lambda:*", "Resource": "*",
		}}}}
		l := &lab{newBench(&permissions{p}, "shop-dev", "shop-dev-2"), &p.trouble, func() string { return fmt.Sprint(p.statements["shop-dev"][0]) }}
		return l
	},
		[]resource.Resource{api, permit("chalicefile-s3", "s3.amazonaws.com", "arn:aws:s3:::b", "1")},
		[]resource.Resource{permit("chalicefile-api", "apigateway.amazonaws.com", "arn:aws:execute-api:eu-west-1:1:xyz/*", "")},
		[]resource.Resource{permit("chalicefile-s3", "s3.amazonaws.com", "arn:aws:s3:::b", "2")},
	)
}

// TestPermissionDrift: a statement of our id that says anything else is made
// anew.
func TestPermissionDrift(t *testing.T) {
	want := &resource.Permission{Function: "shop-dev", Statement: "chalicefile-sns", Principal: "sns.amazonaws.com", SourceARN: resource.Lit("arn:topic")}
	ours := func() map[string]any {
		return map[string]any{
			"Sid": "chalicefile-sns", "Effect": "Allow", "Principal": map[string]any{"Service": "sns.amazonaws.com"}, "Action": "lambda:InvokeFunction",
			"Condition": map[string]any{"ArnLike": map[string]any{"aws:SourceArn": []string{"arn:topic"}}},
		}
	}
	for name, drift := range map[string]func(map[string]any){
		"everybody":  func(s map[string]any) { s["Principal"] = "*" },
		"everything": func(s map[string]any) { s["Action"] = []string{"lambda:InvokeFunction", "lambda:GetFunction"} },
		"denied":     func(s map[string]any) { s["Effect"] = "Deny" },
		"another condition": func(s map[string]any) {
			s["Condition"].(map[string]any)["Bool"] = map[string]any{"aws:SecureTransport": "true"}
		},
		"no condition": func(s map[string]any) { delete(s, "Condition") },
		"":             func(map[string]any) {},
	} {
		s := ours()
		drift(s)
		p := &policies{statements: map[string][]map[string]any{"shop-dev": {s}}}
		b := newBench(&permissions{p}, "shop-dev")
		if err := b.deploy(want); err != nil {
			t.Fatal(err)
		}
		b.equal(t, want)
		if did := strings.Join(p.log, ", "); did != "remove chalicefile-sns, add chalicefile-sns" && name != "" || name == "" && did != "" {
			t.Errorf("%s: did %s", name, did)
		}
	}
}

// TestPermissionsFollowTheirFunctions: whose a statement is, is whose the
// function is.
func TestPermissionsFollowTheirFunctions(t *testing.T) {
	p := &policies{statements: map[string][]map[string]any{}}
	for _, name := range []string{"shop-dev", "foreign"} {
		p.statements[name] = []map[string]any{{"Sid": "chalicefile-s3"}, {"Sid": "chalicefile-old"}}
	}
	b := newBench(&permissions{p}, "shop-dev")
	b.found[resource.KindFunction] = append(b.found[resource.KindFunction], &deployer.Live{ID: resource.FunctionID("foreign"), Owner: "app else"})
	live, err := b.find(&resource.Permission{Function: "foreign", Statement: "chalicefile-s3"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range live {
		got = append(got, fmt.Sprintf("%s owned=%v %q %v", l.ID.Name, l.Owned, l.Owner, l.DependsOn))
	}
	want := []string{
		`shop-dev/chalicefile-s3 owned=true "" [function/shop-dev]`, `shop-dev/chalicefile-old owned=true "" [function/shop-dev]`,
		`foreign/chalicefile-s3 owned=false "app else" [function/foreign]`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("found %q", got)
	}
	live, err = b.find()
	if err != nil || len(live) != 2 {
		t.Errorf("unwanted: %v, %v", live, err)
	}
}
