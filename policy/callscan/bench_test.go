package callscan

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/chalicefile/chalicefile/internal/gosrc"
	"github.com/chalicefile/chalicefile/internal/model"
)

const benchApp = `package bench

import (
	"context"
	"os"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

func Handle(ctx context.Context, key string) error {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	table, bucket := os.Getenv("TABLE"), "pictures"
	if _, err := s3.NewFromConfig(cfg).GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key}); err != nil {
		return err
	}
	_, err = dynamodb.NewFromConfig(cfg).PutItem(ctx, &dynamodb.PutItemInput{TableName: &table})
	return err
}
`

// benchDir is an app that imports the S3 and DynamoDB clients.
func benchDir(b *testing.B) string {
	dir := unpack(b, nil)
	write(b, filepath.Join(dir, "bench", "bench.go"), []byte(benchApp))
	load(b, dir, []string{module + "/bench"}) // warm
	return dir
}

// BenchmarkLoad is what validate does: loading without bodies.
func BenchmarkLoad(b *testing.B) {
	dir := benchDir(b)
	for b.Loop() {
		_, err := gosrc.Load(b.Context(), gosrc.Config{Dir: dir, Packages: []string{module + "/bench"}, Env: append(os.Environ(), "GOFLAGS=-mod=mod")})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLoadAndScan is loading with bodies, and the scan.
func BenchmarkLoadAndScan(b *testing.B) {
	dir := benchDir(b)
	for b.Loop() {
		scanBench(b, dir, load(b, dir, []string{module + "/bench"}))
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.Sys)/1e6, "MB-sys")
}

// BenchmarkScan is the scan alone.
func BenchmarkScan(b *testing.B) {
	dir := benchDir(b)
	p := load(b, dir, []string{module + "/bench"})
	for b.Loop() {
		scanBench(b, dir, p)
	}
}

func scanBench(b *testing.B, dir string, p *gosrc.Program) {
	f := functionOf(b, p, "api", []string{"Handle"})
	f.Settings.Environment = map[string]string{"TABLE": "things"}
	app := &model.App{Module: model.Module{Dir: dir, AppDir: dir, Path: module}, Functions: []*model.Function{f}}
	r, err := Scan(b.Context(), Input{App: app, Program: p})
	if err != nil || len(r.Functions[0].Calls) != 2 {
		b.Fatal(r, err)
	}
}
