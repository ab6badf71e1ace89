package loader_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/chalicefile/chalicefile/loader"
	"github.com/chalicefile/chalicefile/loader/diag"
)

const findingsPage = "../docs/findings.md"

// TestFindingsPage, which runs after TestFixtures, holds docs/findings.md against the codes and their fixtures,
// which it is made from: its examples are what TestFixtures runs.
func TestFindingsPage(t *testing.T) {
	got := findingsMarkdown(t)
	if *update {
		if err := os.WriteFile(findingsPage, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(findingsPage)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what codes and fixtures say: run go test ./loader -update", findingsPage)
	}
}

func findingsMarkdown(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	b.WriteString(`# Findings

What ` + "`chalicefile validate`" + `, and every command that reads a Chalicefile, may tell. An error makes a command fail, a
warning does so with ` + "`validate --strict`" + ` alone. One run tells everything, of every stage, but what only follows
from another finding.

This page is made from ` + "`loader/diag/codes_*.go`" + ` and from the fixtures in ` + "`loader/testdata`" + ` and
` + "`internal/handlers/testdata`" + `, which the tests run (` + "`go test ./loader -update`" + ` writes it). Each example is a part of
a fixture and the first of what is told there; lines that say nothing are left out.

| code | severity | |
|---|---|---|
`)
	codes := loader.Codes()
	for _, c := range codes {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s |\n", c.Code, c.Code, c.Severity, c.Title)
	}
	for _, c := range codes {
		fmt.Fprintf(&b, "\n## %s\n\n%s (%s). %s\n", c.Code, c.Title, c.Severity, c.Help)
		if e, ok := exampleOf(t, c); ok {
			b.WriteString(e.markdown())
		} else if where := toldElsewhere[c.Code]; where != "" {
			fmt.Fprintf(&b, "\nTold by `%s`.\n", where)
		}
	}
	return b.Bytes()
}

// example is a finding of a fixture, and what it is about.
type example struct {
	finding string // as printed, without related positions that are in no file of the fixture
	places  []place
	archive *txtar.Archive
}

// place is a line of a file.
type place struct {
	file string
	line int
}

// exampleOf finds a code in the fixture of its name, or in any.
func exampleOf(t *testing.T, c diag.Code) (example, bool) {
	t.Helper()
	for _, dir := range fixtureDirs {
		files := append([]string{filepath.Join(dir, c.Code+".txtar")}, fixtures(t, dir)...)
		for _, file := range files {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				continue // no fixture of this name
			}
			if e, ok := exampleIn(archive, c.Code); ok {
				return e, true
			}
		}
	}
	return example{}, false
}

var position = regexp.MustCompile(`^(\S.*?):(\d+):\d+: (?:error|warning|note): `)

func exampleIn(archive *txtar.Archive, code string) (example, bool) {
	var e example
	inside := false
	for line := range strings.Lines(string(fileOf(archive, "want"))) {
		if firstLine.MatchString(strings.TrimSuffix(line, "\n")) {
			if inside {
				break
			}
			inside = strings.HasSuffix(line, " ["+code+"]\n")
		}
		if !inside {
			continue
		}
		e.finding += short(line)
		if m := position.FindStringSubmatch(line); m != nil {
			n, _ := strconv.Atoi(m[2])
			e.places = append(e.places, place{m[1], n})
		}
	}
	e.archive = archive
	return e, e.finding != ""
}

// short cuts lines that are long for a page.
func short(line string) string {
	const most = 150
	if r := []rune(line); len(r) > most {
		return string(r[:most]) + "…\n"
	}
	return line
}

func (e example) markdown() string {
	var b strings.Builder
	for _, f := range e.archive.Files {
		var lines []int
		for _, p := range e.places {
			if p.file == f.Name {
				lines = append(lines, p.line)
			}
		}
		if len(lines) == 0 || !strings.HasSuffix(f.Name, ".yaml") && !strings.HasSuffix(f.Name, ".go") {
			continue
		}
		language := strings.TrimPrefix(filepath.Ext(f.Name), ".")
		if f.Name != loader.DefaultFile {
			fmt.Fprintf(&b, "\n`%s`:\n", f.Name)
		}
		fmt.Fprintf(&b, "\n```%s\n%s```\n", language, window(string(f.Data), lines))
	}
	fmt.Fprintf(&b, "\n```\n%s```\n", e.finding)
	return b.String()
}

// window is a file, or where it is long the surroundings of the lines.
func window(text string, lines []int) string {
	const whole, around = 14, 3
	all := strings.SplitAfter(strings.ToValidUTF8(text, "\ufffd"), "\n")
	var b strings.Builder
	skipped := false
	for i, line := range all {
		near := len(all) <= whole
		for _, l := range lines {
			near = near || i+1 >= l-around && i+1 <= l+around-2
		}
		switch {
		case near:
			b.WriteString(short(line))
			skipped = false
		case !skipped && line != "":
			b.WriteString("…\n")
			skipped = true
		}
	}
	return b.String()
}
