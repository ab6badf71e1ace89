package project

import (
	"context"
	"os"
	"strings"
	"testing"
)

// What the environment says of building counts neither when code is loaded nor
// when it is built.
func TestTheEnvironmentDoesNotCount(t *testing.T) {
	files := helloWorld(t)
	files["api/x.go"] = "//go:build other || goexperiment.jsonv2\n\npackage api\n\nfunc Index() string { return 1 }\n"
	dir := module(t, files)
	for _, setting := range []string{
		"GOFLAGS=-tags=other", "GOFLAGS=garbage", "GOFLAGS=-race", "GOFLAGS=-json", "GOFLAGS=-mod=vendor",
		"GOFLAGS=-toolexec=/bin/false", "GOEXPERIMENT=jsonv2", "GOEXPERIMENT=nonsense", "GO111MODULE=off",
		"GOARCH=386", "GOOS=windows", "CGO_ENABLED=1", "GODEBUG=nonsense",
	} {
		p, findings := Load(context.Background(), Options{Dir: dir, Environ: append(os.Environ(), setting)})
		if p.App == nil {
			t.Errorf("%s: %+v", setting, findings.Findings)
		}
	}
	p := load(t, Options{Dir: dir, Environ: append(os.Environ(), "GOFLAGS=-tags=other")})
	if _, findings, err := p.Build(context.Background(), Target{}); err != nil || findings.HasErrors() {
		t.Errorf("%v %+v", err, findings.Findings)
	}
}

func TestNoCacheIsTold(t *testing.T) {
	dir := module(t, helloWorld(t))
	var environ []string
	for _, e := range os.Environ() {
		if name, _, _ := strings.Cut(e, "="); name != "HOME" && name != "XDG_CACHE_HOME" && name != "GOCACHE" {
			environ = append(environ, e)
		}
	}
	_, findings := Load(context.Background(), Options{Dir: dir, Environ: environ})
	if len(findings.Findings) != 1 || !strings.Contains(findings.Findings[0].Message, "GOCACHE is not defined") {
		t.Errorf("%+v", findings.Findings)
	}
}
