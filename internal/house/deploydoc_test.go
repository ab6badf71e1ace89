package house

import (
	"go/ast"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chalicefile/chalicefile/policy"
	"github.com/chalicefile/chalicefile/policy/actions"
)

const sdkServices = "github.com/aws/aws-sdk-go-v2/service/"

// TestDeployerPolicy holds the policy of docs/deploy.md to the calls that the
// code makes: whoever deploys with it is denied nothing, and allowed no action
// that nobody needs.
func TestDeployerPolicy(t *testing.T) {
	var documented policy.Document
	for _, b := range blocks(read(t, "docs/deploy.md")) {
		if b.lang == "json" {
			var err error
			if documented, err = policy.ParseIdentity([]byte(b.text)); err != nil {
				t.Fatal(err)
			}
		}
	}
	// Those that no operation of the same name needs.
	needed := []string{"iam:PassRole", "lambda:GetLayerVersion", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs", "apigateway:UpdateRestApiPolicy"}
	for _, call := range calls(t) {
		op, ok := actions.Lookup(call.service, call.operation)
		if !ok {
			t.Errorf("the table of actions has no %s.%s", call.service, call.operation)
		}
		for _, n := range op.Needs {
			if n.Action == "sts:GetCallerIdentity" { // needs no permission
				continue
			}
			needed = append(needed, n.Action)
		}
	}
	var allowed []string
	for _, s := range documented.Statements {
		allowed = append(allowed, s.Action...)
		for _, action := range s.Action {
			if slices.Contains(unbound, action) && !slices.Contains(s.Resource, "*") {
				t.Errorf("docs/deploy.md allows %s on %v only, and AWS knows no resources for it", action, s.Resource)
			}
		}
	}
	for _, action := range needed {
		if !slices.Contains(allowed, action) && !slices.Contains(optional, action) {
			t.Errorf("docs/deploy.md does not allow %s", action)
		}
	}
	for _, action := range allowed {
		if !slices.Contains(needed, action) {
			t.Errorf("docs/deploy.md allows %s, which nothing needs", action)
		}
	}
}

// optional are actions that an operation can need, and the calls of deploy do
// not: code from S3 or as an image, secret parameters.
var optional = []string{
	"s3:GetObject", "s3:GetObjectVersion", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer",
	"kms:Encrypt", "kms:GenerateDataKey",
}

// unbound are actions that AWS knows no resources for: allowed on some, they are
// denied.
var unbound = []string{
	"ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs", "events:ListRules", "iam:ListRoles",
	"lambda:ListEventSourceMappings", "tag:GetResources",
}

type sdkCall struct{ service, operation string }

// calls are the operations of the SDK whose inputs the code names.
func calls(t *testing.T) []sdkCall {
	t.Helper()
	var all []sdkCall
	for _, s := range sources(t) {
		if s.pkg != "deployer/aws" && s.pkg != "internal/remote" {
			continue
		}
		services := map[string]string{}
		for _, imp := range s.ast.Imports {
			path, _ := strconv.Unquote(imp.Path.Value)
			if service, ok := strings.CutPrefix(path, sdkServices); ok && !strings.Contains(service, "/") {
				name := service
				if imp.Name != nil {
					name = imp.Name.Name
				}
				services[name] = service
			}
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			selector, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			pkg, ok := selector.X.(*ast.Ident)
			operation, isInput := strings.CutSuffix(selector.Sel.Name, "Input")
			if !ok || !isInput || services[pkg.Name] == "" || !token.IsExported(operation) {
				return true
			}
			call := sdkCall{services[pkg.Name], operation}
			if !slices.Contains(all, call) {
				all = append(all, call)
			}
			return true
		})
	}
	if len(all) < 50 {
		t.Fatalf("found %d calls of AWS", len(all))
	}
	return all
}
