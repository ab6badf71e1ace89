package callscan

import (
	"go/types"
	"strings"

	"github.com/chalicefile/chalicefile/internal/gosrc"
	"github.com/chalicefile/chalicefile/policy/actions"
)

const (
	sdkPath    = "github.com/aws/aws-sdk-go-v2"
	smithyPath = "github.com/aws/smithy-go"
	oldSDKPath = "github.com/aws/aws-sdk-go"
)

// Configure completes what gosrc is to load for Scan: bodies, and from source
// also those packages of others that can reach the SDK.
func Configure(c gosrc.Config) gosrc.Config {
	c.Bodies = true
	c.Source = gosrc.Reaching(
		func(path string) bool {
			_, service := servicePath(path)
			return service || below(path, oldSDKPath)
		},
		func(path string) bool { return isSDK(path) || below(path, oldSDKPath) },
	)
	return c
}

func below(path, root string) bool {
	return path == root || strings.HasPrefix(path, root+"/")
}

// isSDK: the package is one of aws-sdk-go-v2, a leaf.
func isSDK(path string) bool { return below(path, sdkPath) || below(path, smithyPath) }

// servicePath takes the service out of the import path of a client.
func servicePath(path string) (service string, ok bool) {
	service, ok = strings.CutPrefix(path, sdkPath+"/service/")
	return service, ok && !strings.Contains(service, "/")
}

// operation is one of a service.
type operation struct{ service, name string }

// inputOf says which operation an input is of: *dynamodb.PutItemInput.
func inputOf(t types.Type) (op operation, ok bool) {
	p, isPointer := types.Unalias(t).(*types.Pointer)
	if !isPointer {
		return op, false
	}
	n, isNamed := types.Unalias(p.Elem()).(*types.Named)
	if !isNamed || n.Obj().Pkg() == nil {
		return op, false
	}
	service, isService := servicePath(n.Obj().Pkg().Path())
	name, isInput := strings.CutSuffix(n.Obj().Name(), "Input")
	return operation{service, name}, isService && isInput && name != ""
}

// operationOf says which operation a method of a client, or of an interface
// that a client could satisfy, is: Name(context, *NameInput, …) (*NameOutput,
// error).
func operationOf(name string, sig *types.Signature) (op operation, ok bool) {
	op, ok = calls(sig)
	return op, ok && op.name == name
}

// calls is operationOf for functions of any name.
func calls(sig *types.Signature) (op operation, ok bool) {
	if sig.Params().Len() < 2 || sig.Results().Len() != 2 || !isContext(sig.Params().At(0).Type()) {
		return op, false
	}
	return inputOf(sig.Params().At(1).Type())
}

func isContext(t types.Type) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Name() == "Context" && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == "context"
}

// clientInterface lists the operations of an interface that only clients
// satisfy: dynamodb.ScanAPIClient.
func clientInterface(t types.Type) []operation {
	i, ok := t.Underlying().(*types.Interface)
	if !ok {
		return nil
	}
	var ops []operation
	for m := range i.Methods() {
		op, ok := operationOf(m.Name(), m.Signature())
		if !ok {
			return nil
		}
		ops = append(ops, op)
	}
	return ops
}

// named is the named type of t or of what t points to.
func named(t types.Type) *types.Named {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	n, _ := types.Unalias(t).(*types.Named)
	return n
}

func pathOf(n *types.Named) string {
	if n == nil || n.Obj().Pkg() == nil {
		return ""
	}
	return n.Obj().Pkg().Path()
}

// isClient: t is *dynamodb.Client or its like.
func isClient(t types.Type) (service string, ok bool) {
	n := named(t)
	if n == nil || n.Obj().Name() != "Client" {
		return "", false
	}
	return servicePath(pathOf(n))
}

// helper says what a type of the SDK does with the client that it was made of.
type helper struct {
	ops []operation
	how string
}

// helperOf finds the operations of a paginator, waiter or manager: those of the
// interface through which it holds its client.
func helperOf(t types.Type) (h helper, ok bool) {
	n := named(t)
	if n == nil || !isSDK(pathOf(n)) || n.Obj().Name() == "Client" {
		return h, false
	}
	s, isStruct := n.Underlying().(*types.Struct)
	if !isStruct {
		return h, false
	}
	for f := range s.Fields() {
		h.ops = append(h.ops, clientInterface(f.Type())...)
	}
	kind := "manager"
	for _, k := range []string{"Paginator", "Waiter"} {
		if strings.HasSuffix(n.Obj().Name(), k) {
			kind = strings.ToLower(k)
		}
	}
	h.how = kind + " " + n.Obj().Pkg().Name() + "." + n.Obj().Name()
	return h, len(h.ops) > 0
}

// specialCall is one of special.
type specialCall struct {
	ops  []operation
	how  string
	args map[string]int // members of the input that parameters stand for
}

// special are functions and methods of the SDK that call, or allow others to
// call, without that their types say what. By package below the SDK's path,
// type and name.
var special = map[string]specialCall{
	"feature/s3/transfermanager.Client.GetObject":         {ops: s3("GetObject", "HeadObject"), how: "transfer manager"},
	"feature/s3/transfermanager.Client.DownloadObject":    {ops: s3("GetObject", "HeadObject"), how: "transfer manager"},
	"feature/s3/transfermanager.Client.DownloadDirectory": {ops: s3("GetObject", "HeadObject", "ListObjectsV2"), how: "transfer manager"},
	"feature/s3/transfermanager.Client.UploadObject":      {ops: s3(multipart...), how: "transfer manager"},
	"feature/s3/transfermanager.Client.UploadDirectory":   {ops: s3(multipart...), how: "transfer manager"},
	"feature/s3/manager.GetBucketRegion":                  {ops: s3("HeadBucket"), how: "manager.GetBucketRegion", args: map[string]int{"Bucket": 2}},
	"feature/rds/auth.BuildAuthToken":                     {ops: []operation{{"rds", "connect"}}, how: "auth.BuildAuthToken", args: map[string]int{"DBUser": 3}},
	"feature/dsql/auth.GenerateDbConnectAuthToken":        {ops: []operation{{"dsql", "DbConnect"}}, how: "auth token"},
	"feature/dsql/auth.GenerateDBConnectAdminAuthToken":   {ops: []operation{{"dsql", "DbConnectAdmin"}}, how: "auth token"},
	"credentials/stscreds.NewAssumeRoleProvider":          {ops: []operation{{"sts", "AssumeRole"}}, how: "stscreds.NewAssumeRoleProvider", args: map[string]int{"RoleArn": 1}},
	"credentials/stscreds.NewWebIdentityRoleProvider":     {ops: []operation{{"sts", "AssumeRoleWithWebIdentity"}}, how: "stscreds.NewWebIdentityRoleProvider", args: map[string]int{"RoleArn": 1}},
}

var multipart = []string{"PutObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload", "AbortMultipartUpload"}

func s3(names ...string) []operation {
	var ops []operation
	for _, n := range names {
		ops = append(ops, operation{"s3", n})
	}
	return ops
}

// specialNeeds are the needs of what is no operation of a service, as package
// actions reads them.
var specialNeeds = map[operation]string{
	{"rds", "connect"}:         "rds-db:connect arn:${Partition}:rds-db:${Region}:${Account}:dbuser:*/${DBUser}",
	{"dsql", "DbConnect"}:      "dsql:DbConnect arn:${Partition}:dsql:${Region}:${Account}:cluster/*",
	{"dsql", "DbConnectAdmin"}: "dsql:DbConnectAdmin arn:${Partition}:dsql:${Region}:${Account}:cluster/*",
}

// needsOf are the needs of an operation; ok is false where they are not known.
func needsOf(o operation) (needs []actions.Need, ok bool) {
	if text, special := specialNeeds[o]; special {
		need, err := actions.ParseNeed(text)
		return []actions.Need{need}, err == nil
	}
	op, ok := actions.Lookup(o.service, o.name)
	return op.Needs, ok
}
