package aws

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/awstest"
	"github.com/chalicefile/chalicefile/internal/resource"
	"github.com/chalicefile/chalicefile/policy"
)

func TestMain(m *testing.M) { awstest.Main(m) }

// motoBench is an actuator of the real clients before moto.
func motoClients(t *testing.T) *Clients {
	t.Helper()
	server := awstest.Moto(t)
	if err := server.Reset(context.Background()); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.LoadDefaultConfig(context.Background(), config.WithRegion(testOwner.Region),
		config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider("testing", "testing", "")))
	if err != nil {
		t.Fatal(err)
	}
	cfg.BaseEndpoint = &server.URL
	return NewClients(cfg)
}

func testZip(t *testing.T, text string) *resource.Code {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create("bootstrap")
	if err == nil {
		_, err = f.Write([]byte(text))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(b.Bytes())
	return &resource.Code{SHA256: base64.StdEncoding.EncodeToString(sum[:]), Zip: b.Bytes()}
}

func testRole(name string) *resource.Role {
	return &resource.Role{
		Name: name, Path: testOwner.RolePath(), Service: "lambda.amazonaws.com", Tags: testOwner.Tags(),
		Policy: policy.Document{Statements: []policy.Statement{{
			Sid: "Logs", Effect: "Allow", Action: []string{"logs:PutLogEvents"}, Resource: []string{"*"},
		}}},
	}
}

// TestLifeInMoto makes each kind of this half of the package, changes every
// property that moto keeps, and deletes it, with the real clients.
func TestLifeInMoto(t *testing.T) {
	c := motoClients(t)
	both := map[resource.Kind]*bench{}
	world := World(c, testOwner, &quick{})
	open := func(kind resource.Kind) *bench {
		both[kind] = newBench(world.Actuators[kind])
		both[kind].resolve = func(ref resource.Ref) (string, bool) {
			return "arn:aws:iam::123456789012:role" + testOwner.RolePath() + ref.ID.Name, true
		}
		return both[kind]
	}
	settle := func(b *bench, want ...resource.Resource) {
		t.Helper()
		if err := b.deploy(want...); err != nil {
			t.Fatal(err)
		}
		b.equal(t, want...)
	}

	roles, role := open(resource.KindRole), testRole("shop-dev")
	settle(roles, role)
	changedRole := testRole("shop-dev")
	changedRole.Service = "scheduler.amazonaws.com"
	changedRole.Policy.Statements[0].Action = []string{"logs:CreateLogStream"}
	changedRole.Tags["team"] = "a"
	settle(roles, changedRole)
	settle(roles, testRole("shop-dev"))

	groups := open(resource.KindLogGroup)
	settle(groups, &resource.LogGroup{Name: "/aws/lambda/shop-dev", Retention: 7, Tags: testOwner.Tags()})
	settle(groups, &resource.LogGroup{Name: "/aws/lambda/shop-dev", Tags: map[string]string{"x": "y", resource.TagApp: "shop", resource.TagStage: "dev", resource.TagRegion: testOwner.Region}})

	functions := open(resource.KindFunction)
	functions.found[resource.KindRole], _ = roles.find(role)
	f := func(change func(*resource.Function)) *resource.Function {
		f := &resource.Function{
			Name: "shop-dev", Handler: "api", Role: resource.Attr(role.ID(), resource.AttrARN), Code: testZip(t, "one"),
			MemorySize: 128, EphemeralStorage: 512, Timeout: 60, Architecture: "arm64", Tags: testOwner.Tags(),
		}
		if change != nil {
			change(f)
		}
		return f
	}
	settle(functions, f(nil))
	for name, change := range map[string]func(*resource.Function){
		"code":        func(f *resource.Function) { f.Code = testZip(t, "two") },
		"handler":     func(f *resource.Function) { f.Handler = "other" },
		"memory":      func(f *resource.Function) { f.MemorySize = 256 },
		"timeout":     func(f *resource.Function) { f.Timeout = 5 },
		"environment": func(f *resource.Function) { f.Environment = map[string]string{"A": "b", "EMPTY": ""} },
		"concurrency": func(f *resource.Function) { f.ReservedConcurrency = awssdk.Int(5) },
		"tags":        func(f *resource.Function) { f.Tags["team"] = "a" },
		"all at once": func(f *resource.Function) { f.Code, f.Timeout, f.Tags["x"] = testZip(t, "three"), 7, "y" },
	} {
		t.Log(name)
		settle(functions, f(change))
		settle(functions, f(nil))
	}

	permissions := open(resource.KindPermission)
	permissions.found[resource.KindFunction], _ = functions.find(f(nil))
	one := &resource.Permission{Function: "shop-dev", Statement: "chalicefile-api", Principal: "apigateway.amazonaws.com", SourceARN: resource.Lit("arn:aws:execute-api:eu-west-1:123456789012:abc/*")}
	two := &resource.Permission{Function: "shop-dev", Statement: "chalicefile-s3", Principal: "s3.amazonaws.com", SourceARN: resource.Lit("arn:aws:s3:::b"), SourceAccount: "123456789012"}
	settle(permissions, one, two)
	settle(permissions, &resource.Permission{Function: "shop-dev", Statement: "chalicefile-api", Principal: "apigateway.amazonaws.com", SourceARN: resource.Lit("arn:aws:execute-api:eu-west-1:123456789012:xyz/*")})

	for _, kind := range []resource.Kind{resource.KindPermission, resource.KindFunction, resource.KindLogGroup, resource.KindRole} {
		settle(both[kind])
		settle(both[kind])
	}
	left, err := both[resource.KindFunction].find(f(nil))
	if err != nil || len(left) > 0 {
		t.Errorf("left are %v, %v", left, err)
	}
}

func TestLockInMoto(t *testing.T) {
	c := motoClients(t)
	store := World(c, testOwner, &quick{}).Locks
	ctx := context.Background()
	mine := deployer.LockEntry{Number: 1, Holder: deployer.Holder{ID: "a", Who: "ann@desk"}}
	if err := store.Create(ctx, mine); err != nil {
		t.Fatal(err)
	}
	if err := store.Create(ctx, mine); err != nil {
		t.Errorf("making one's own entry again, after its answer was lost: %v", err)
	}
	if err := store.Create(ctx, deployer.LockEntry{Number: 1, Holder: deployer.Holder{ID: "b"}}); !isClass(err, deployer.ClassExists) {
		t.Errorf("making somebody else's entry: %v", err)
	}
	for n := 2; n <= 12; n++ {
		if err := store.Create(ctx, deployer.LockEntry{Number: n, Holder: deployer.Holder{ID: "b"}}); err != nil {
			t.Fatal(err)
		}
	}
	mine.Holder.Who = "bob@desk"
	if err := store.Renew(ctx, mine); err != nil {
		t.Fatal(err)
	}
	entries, err := store.List(ctx)
	if err != nil || len(entries) != 12 || entries[0] != mine || entries[11].Number != 12 {
		t.Errorf("entries are %v, %v", entries, err)
	}
	if err := store.Remove(ctx, 99, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12); err != nil {
		t.Fatal(err)
	}
	if entries, err := store.List(ctx); err != nil || len(entries) > 0 {
		t.Errorf("left are %v, %v", entries, err)
	}
}

func TestIdentityInMoto(t *testing.T) {
	got, err := Identity(context.Background(), motoClients(t))
	if want := (resource.Owner{Partition: "aws", Region: testOwner.Region, Account: "123456789012"}); err != nil || got != want {
		t.Errorf("the identity is %v, %v", got, err)
	}
}

// TestDiscoveryInMoto: without a record, without its role and unwanted, a
// function is found by its tags.
func TestDiscoveryInMoto(t *testing.T) {
	c := motoClients(t)
	ctx := context.Background()
	b := newBench(World(c, testOwner, &quick{}).Actuators[resource.KindFunction])
	roles := newBench(World(c, testOwner, &quick{}).Actuators[resource.KindRole])
	b.resolve = func(resource.Ref) (string, bool) {
		return "arn:aws:iam::123456789012:role" + testOwner.RolePath() + "shop-dev-old", true
	}
	role := testRole("shop-dev-old")
	if err := roles.deploy(role); err != nil {
		t.Fatal(err)
	}
	f := &resource.Function{
		Name: "shop-dev-old", Handler: "api", Role: resource.Attr(role.ID(), resource.AttrARN), Code: testZip(t, "one"),
		MemorySize: 128, EphemeralStorage: 512, Timeout: 60, Architecture: "arm64", Tags: testOwner.Tags(),
	}
	if err := b.deploy(f); err != nil {
		t.Fatal(err)
	}
	arns, err := discoverByTags(ctx, c.Tagging, testOwner, "lambda:function")
	if err != nil || len(arns) != 1 {
		t.Errorf("tags tell %v, %v", arns, err)
	}
	live, err := b.find()
	if err != nil || len(live) != 1 || !live[0].Owned {
		t.Errorf("found are %v, %v", live, err)
	}
	found := slices.Clone(live)
	if err := b.deploy(); err != nil {
		t.Fatal(err)
	}
	if err := b.actuator.Delete(ctx, found[0], b.run()); err != nil {
		t.Errorf("deleting it twice: %v", err)
	}
}
