package aws

import (
	"context"
	"encoding/json"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// permissionAPI is what permissions need.
type permissionAPI interface {
	GetPolicy(context.Context, *lambda.GetPolicyInput, ...func(*lambda.Options)) (*lambda.GetPolicyOutput, error)
	AddPermission(context.Context, *lambda.AddPermissionInput, ...func(*lambda.Options)) (*lambda.AddPermissionOutput, error)
	RemovePermission(context.Context, *lambda.RemovePermissionInput, ...func(*lambda.Options)) (*lambda.RemovePermissionOutput, error)
}

const (
	statementPrefix = "chalicefile-" // of the ids of our statements
	invokeAction    = "lambda:InvokeFunction"
)

// permissions are our statements of the functions' resource policies.
type permissions struct{ api permissionAPI }

func newPermissions(c *Clients) deployer.Actuator { return &permissions{c.Lambda} }

// livePermission is where a statement stands.
type livePermission struct{ function, statement string }

// Find reads the policies of the owner's functions, and of those that are to
// have a permission.
func (p *permissions) Find(ctx context.Context, q *deployer.Query) ([]*deployer.Live, error) {
	wanted, asked := map[resource.ID]bool{}, map[string]bool{}
	for _, w := range q.Want {
		wanted[w.ID()] = true
		asked[w.(*resource.Permission).Function] = true
	}
	var functions []*deployer.Live
	policies, err := ahead(ctx, q.Functions, func() (names []string) {
		for _, f := range q.Found(resource.KindFunction) {
			if asked[f.ID.Name] || f.Owned && !q.Narrow {
				functions, names = append(functions, f), append(names, f.ID.Name)
			}
		}
		return names
	}, p.statements)
	var live []*deployer.Live
	for _, f := range functions {
		for _, l := range permissionsOf(f, policies[f.ID.Name]) {
			if wanted[l.ID] || l.Owned && !q.Narrow {
				live = append(live, l)
			}
		}
	}
	return live, err
}

// statements are those of a function's policy; none where there is no function.
func (p *permissions) statements(ctx context.Context, function string) ([]statement, error) {
	out, err := p.api.GetPolicy(ctx, &lambda.GetPolicyInput{FunctionName: &function})
	if err != nil {
		return nil, unlessGone(err)
	}
	var document struct{ Statement []statement }
	if err := json.Unmarshal([]byte(awssdk.ToString(out.Policy)), &document); err != nil {
		return nil, &deployer.Failure{Operation: "lambda:GetPolicy", Message: "the policy of " + function + " is no JSON: " + err.Error(), Err: err}
	}
	return document.Statement, nil
}

// permissionsOf are our statements of a function.
func permissionsOf(f *deployer.Live, statements []statement) []*deployer.Live {
	var live []*deployer.Live
	for _, s := range statements {
		if !strings.HasPrefix(s.Sid, statementPrefix) {
			continue
		}
		permission := s.permission(f.ID.Name)
		live = append(live, &deployer.Live{
			ID: permission.ID(), Resource: permission, Owned: f.Owned, Owner: f.Owner,
			Title: "permission: " + f.ID.Name + "/" + s.Sid, DependsOn: []resource.ID{f.ID},
			Handle: livePermission{f.ID.Name, s.Sid},
		})
	}
	return live
}

// statement of a function's policy.
type statement struct {
	Sid, Effect string
	Principal   json.RawMessage
	Action      json.RawMessage
	Condition   map[string]map[string]json.RawMessage
}

// permission is a statement in the form of a wanted one. One that says anything
// else than ours do has a principal that nobody wants.
func (s statement) permission(function string) *resource.Permission {
	p := &resource.Permission{Function: function, Statement: s.Sid}
	var principal struct{ Service string }
	var action string
	strange := json.Unmarshal(s.Principal, &principal) != nil || json.Unmarshal(s.Action, &action) != nil ||
		s.Effect != "Allow" || !strings.EqualFold(action, invokeAction)
	p.Principal = principal.Service
	for _, conditions := range s.Condition {
		for key, raw := range conditions {
			value := oneText(raw)
			switch strings.ToLower(key) {
			case "aws:sourcearn":
				p.SourceARN = resource.Lit(value)
			case "aws:sourceaccount":
				p.SourceAccount = value
			default:
				strange = true
			}
		}
	}
	if strange || p.Principal == "" {
		p.Principal = s.Effect + " " + canonicalJSON(s.Principal) + " " + canonicalJSON(s.Action)
	}
	return p
}

// oneText is a text, or the only one of a list.
func oneText(raw json.RawMessage) string {
	var one string
	var list []string
	switch {
	case json.Unmarshal(raw, &one) == nil:
		return one
	case json.Unmarshal(raw, &list) == nil && len(list) == 1:
		return list[0]
	}
	return string(raw)
}

// Create adds a statement.
func (p *permissions) Create(ctx context.Context, want resource.Resource, run *deployer.Run) (deployer.Attributes, error) {
	w := want.(*resource.Permission)
	source, err := run.Text(w.SourceARN)
	if err != nil {
		return nil, err
	}
	input := &lambda.AddPermissionInput{
		FunctionName: &w.Function, StatementId: &w.Statement, Action: awssdk.String(invokeAction), Principal: &w.Principal,
	}
	if source != "" {
		input.SourceArn = &source
	}
	if w.SourceAccount != "" {
		input.SourceAccount = &w.SourceAccount
	}
	return nil, whenKnown(ctx, run, "Lambda to let "+w.Function+" be changed", func(ctx context.Context) error {
		_, err := p.api.AddPermission(ctx, input)
		return err
	})
}

// Update removes a statement and adds it again: Lambda changes none.
func (p *permissions) Update(ctx context.Context, want resource.Resource, live *deployer.Live, changes []deployer.Change, run *deployer.Run) (deployer.Attributes, error) {
	if !changed(changes, "principal", "source_arn", "source_account") {
		return nil, nil // it is taken over with its function
	}
	if err := p.Delete(ctx, live, run); err != nil {
		return nil, err
	}
	return p.Create(ctx, want, run)
}

// Delete removes a statement.
func (p *permissions) Delete(ctx context.Context, live *deployer.Live, run *deployer.Run) error {
	h := live.Handle.(livePermission)
	return whenKnown(ctx, run, "Lambda to let "+h.function+" be changed", func(ctx context.Context) error {
		_, err := p.api.RemovePermission(ctx, &lambda.RemovePermissionInput{FunctionName: &h.function, StatementId: &h.statement})
		return unlessGone(err)
	})
}
