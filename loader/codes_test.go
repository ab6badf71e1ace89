package loader_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/chalicefile/chalicefile/loader"
	"github.com/chalicefile/chalicefile/loader/diag"
)

// fixtureDirs hold the fixtures of all steps.
var fixtureDirs = []string{"testdata", "../internal/handlers/testdata"}

// toldElsewhere are codes of other commands than validate, and who tells and
// tests them.
var toldElsewhere = map[string]string{
	"api-too-large":            "chalicefile deploy",
	"aws-client-unknown":       "chalicefile gen-policy",
	"aws-operation-unknown":    "chalicefile gen-policy",
	"aws-request-signed":       "chalicefile gen-policy",
	"aws-sdk-v1":               "chalicefile gen-policy",
	"environment-unset":        "chalicefile local",
	"foreign-bus":              "chalicefile deploy",
	"format-refused":           "chalicefile fmt",
	"go-build":                 "chalicefile build",
	"policy-over-limit":        "chalicefile deploy",
	"policy-statement":         "chalicefile validate` and `chalicefile gen-policy",
	"policy-too-large":         "chalicefile validate` and `chalicefile gen-policy",
	"private-domain":           "chalicefile deploy",
	"resource-conflict":        "chalicefile deploy",
	"websocket-not-deployable": "chalicefile deploy",
	"zip-too-large":            "chalicefile deploy",
}

func TestCodesAreSound(t *testing.T) {
	codes := loader.Codes()
	if !slices.IsSortedFunc(codes, func(a, b diag.Code) int { return strings.Compare(a.Code, b.Code) }) {
		t.Error("not sorted")
	}
	for i, c := range codes {
		if !kebab.MatchString(c.Code) || c.Title == "" || c.Help == "" || strings.HasSuffix(c.Title, ".") || !strings.HasSuffix(c.Help, ".") {
			t.Errorf("%+v: a code is in kebab-case, a title has no full stop, help consists of sentences", c)
		}
		if i > 0 && codes[i-1].Code == c.Code {
			t.Errorf("%s stands twice", c.Code)
		}
	}
}

var kebab = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// Every code is told by a fixture, in its own severity, and no fixture tells
// one that is not listed.
func TestCodesHaveFixtures(t *testing.T) {
	severities := map[string][]string{}
	for _, dir := range fixtureDirs {
		for _, file := range fixtures(t, dir) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range firstLine.FindAllSubmatch(fileOf(archive, "want"), -1) {
				severities[string(m[2])] = append(severities[string(m[2])], string(m[1]))
			}
		}
	}
	for _, c := range loader.Codes() {
		switch told, ok := severities[c.Code]; {
		case toldElsewhere[c.Code] != "":
		case !ok:
			t.Errorf("no fixture tells %s", c.Code)
		case !slices.Contains(told, c.Severity.String()):
			t.Errorf("%s is listed as %s, fixtures tell it as %s", c.Code, c.Severity, told[0])
		}
		delete(severities, c.Code)
	}
	for code := range severities {
		t.Errorf("%s is told and not listed in loader/diag", code)
	}
}

// tellers are the packages whose findings the codes list.
var tellers = []string{".", "../internal/yamltree", "../internal/handlers", "../internal/gosrc", "../internal/source/*", "../internal/project", "../internal/policygen", "../deployer/desired"}

// Every code that stands in the source of a teller is listed: as the Code of a
// finding, or as the argument of a function that tells one.
func TestCodesInSourcesAreListed(t *testing.T) {
	listed := map[string]bool{}
	for _, c := range loader.Codes() {
		listed[c.Code] = true
	}
	found := 0
	for _, pattern := range tellers {
		files, err := filepath.Glob(filepath.Join(pattern, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			for _, code := range codesIn(t, file) {
				found++
				if !listed[code] {
					t.Errorf("%s tells %s, which loader/diag does not list", file, code)
				}
			}
		}
	}
	if found < 50 {
		t.Errorf("found %d codes in the sources: the way of telling has changed", found)
	}
}

// telling are functions that take a code.
var telling = map[string]bool{"Err": true, "Warn": true, "tell": true, "told": true, "fault": true, "warn": true, "err": true, "report": true}

func codesIn(t *testing.T, file string) []string {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	f, err := parser.ParseFile(token.NewFileSet(), file, src, 0)
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	add := func(e ast.Expr) bool {
		lit, ok := e.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return false
		}
		if s, _ := strconv.Unquote(lit.Value); kebab.MatchString(s) && strings.Contains(s, "-") {
			codes = append(codes, s)
			return true
		}
		return false
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Code" {
				add(n.Value)
			}
		case *ast.AssignStmt:
			for i, left := range n.Lhs {
				if sel, ok := left.(*ast.SelectorExpr); ok && sel.Sel.Name == "Code" && i < len(n.Rhs) {
					add(n.Rhs[i])
				}
			}
		case *ast.CallExpr:
			if !telling[name(n.Fun)] {
				return true
			}
			for _, arg := range n.Args {
				if add(arg) {
					break
				}
			}
		}
		return true
	})
	return codes
}

func name(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}
