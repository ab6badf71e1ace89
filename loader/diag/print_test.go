package diag_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/chalicefile/chalicefile/loader/diag"
)

func at(file string, line, column, endLine, endColumn int) diag.Range {
	return diag.Range{File: file, Start: diag.Pos{Line: line, Column: column}, End: diag.Pos{Line: endLine, Column: endColumn}}
}

// sample is the finding of the contract's example, and one with everything.
func sample() (diag.List, diag.PrintOptions) {
	source := strings.Repeat("\n", 13) + "    GET: StateOfCty\n"
	l := diag.List{Findings: []diag.Finding{
		{Code: "handler-not-found", Range: at("Chalicefile.yaml", 14, 10, 14, 20), Hint: `did you mean "StateOfCity"?`,
			Message: `package ./api has no exported function "StateOfCty"`},
		{Code: "reserved-path", Severity: diag.Warning, Range: at("sub, dir/100%.yaml", 2, 1, 3, 4), Message: "a: b\nc",
			Related: []diag.Related{{Range: at("api/api.go", 12, 6, 12, 9), Message: "the other"}}},
	}}
	return l, diag.PrintOptions{Sources: map[string][]byte{"Chalicefile.yaml": []byte(source)}}
}

func text(t *testing.T, l diag.List, o diag.PrintOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := diag.Print(&b, "text", l, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestText(t *testing.T) {
	l, o := sample()
	want := `Chalicefile.yaml:14:10: error: package ./api has no exported function "StateOfCty" [handler-not-found]
   14 |     GET: StateOfCty
      |          ^^^^^^^^^^ did you mean "StateOfCity"?
sub, dir/100%.yaml:2:1: warning: a: b
c [reserved-path]
api/api.go:12:6: note: the other
`
	if got := text(t, l, o); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestTextExcerpt(t *testing.T) {
	long := strings.Repeat("x", 300)
	tests := []struct {
		name, source string
		r            diag.Range
		hint, want   string
	}{
		{"several lines: the first is marked to its end", "a: [\n1, 2\n", at("f", 1, 4, 2, 5), "", "    1 | a: [\n      |    ^\n"},
		{"nothing: one caret", "a:\n", at("f", 1, 3, 1, 3), "here", "    1 | a:\n      |   ^ here\n"},
		{"end of the file", "a: 1\n", at("f", 2, 1, 2, 1), "", "    2 | \n      | ^\n"},
		{"tabs take four cells", "a:\tb\tc\n", at("f", 1, 4, 1, 7), "", "    1 | a:    b    c\n      |       ^^^^^^\n"},
		{"wide characters take two cells", "日本: 語x\n", at("f", 1, 5, 1, 7), "", "    1 | 日本: 語x\n      |       ^^^\n"},
		{"combining characters take none", "e\u0301: x\n", at("f", 1, 5, 1, 6), "", "    1 | e\u0301: x\n      |    ^\n"},
		{"line ends of Windows", "a: b\r\n", at("f", 1, 4, 1, 5), "", "    1 | a: b\n      |    ^\n"},
		{"a byte order mark does not count", "\ufeffa: b\n", at("f", 1, 4, 1, 5), "", "    1 | a: b\n      |    ^\n"},
		{"what moves the cursor is not shown", "a: \x1b[2Jb\n", at("f", 1, 4, 1, 5), "", "    1 | a: \ufffd[2Jb\n      |    ^\n"},
		{"line numbers may be long", strings.Repeat("\n", 123455) + "a\n", at("f", 123456, 1, 123456, 2), "", "123456 | a\n       | ^\n"},
		{"long lines are cut", long, at("f", 1, 101, 1, 103), "", "    1 | …" + long[:200] + "…\n      | " + strings.Repeat(" ", 61) + "^^\n"},
		{"no such line", "a\n", at("f", 9, 1, 9, 2), "do this", "      do this\n"},
		{"no such file", "", at("g", 9, 1, 9, 2), "do this", "      do this\n"},
		{"no place", "", diag.Range{}, "do this", "      do this\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := diag.List{Findings: []diag.Finding{{Code: "c", Range: tt.r, Message: "m", Hint: tt.hint}}}
			got := text(t, l, diag.PrintOptions{Sources: map[string][]byte{"f": []byte(tt.source)}})
			_, got, _ = strings.Cut(got, "\n")
			if got != tt.want {
				t.Errorf("got\n%q\nwant\n%q", got, tt.want)
			}
		})
	}
}

func TestTextColor(t *testing.T) {
	l, o := sample()
	if plain := text(t, l, o); strings.Contains(plain, "\x1b") {
		t.Error("colour without the option")
	}
	o.Color = true
	got := text(t, l, o)
	for _, want := range []string{"\x1b[1;31merror:\x1b[0m", "\x1b[1;33mwarning:\x1b[0m", "\x1b[1;31m^^^^^^^^^^ did you mean"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%q", want, got)
		}
	}
}

func TestPrefix(t *testing.T) {
	l := diag.List{Findings: []diag.Finding{
		{Code: "c", Range: at("Chalicefile.yaml", 1, 1, 1, 2), Message: "m"}, {Code: "c", Range: at("/abs/x.go", 1, 1, 1, 2), Message: "m"},
	}}
	want := "examples/hello/Chalicefile.yaml:1:1: error: m [c]\n/abs/x.go:1:1: error: m [c]\n"
	if got := text(t, l, diag.PrintOptions{Prefix: "examples/hello"}); got != want {
		t.Errorf("got %q", got)
	}
}

func TestJSON(t *testing.T) {
	var b bytes.Buffer
	if err := diag.Print(&b, "json", diag.List{}, diag.PrintOptions{}); err != nil || b.String() != "{\"findings\": []}\n" {
		t.Errorf("empty: %q, %v", b.String(), err)
	}
	b.Reset()
	l, o := sample()
	if err := diag.Print(&b, "json", l, o); err != nil {
		t.Fatal(err)
	}
	want := `{
  "findings": [
    {
      "file": "Chalicefile.yaml",
      "line": 14,
      "column": 10,
      "end_line": 14,
      "end_column": 20,
      "severity": "error",
      "code": "handler-not-found",
      "message": "package ./api has no exported function \"StateOfCty\"",
      "hint": "did you mean \"StateOfCity\"?",
      "related": []
    },
    {
      "file": "sub, dir/100%.yaml",
      "line": 2,
      "column": 1,
      "end_line": 3,
      "end_column": 4,
      "severity": "warning",
      "code": "reserved-path",
      "message": "a: b\nc",
      "hint": "",
      "related": [
        {
          "file": "api/api.go",
          "line": 12,
          "column": 6,
          "message": "the other"
        }
      ]
    }
  ]
}
`
	if b.String() != want {
		t.Errorf("got\n%s", b.String())
	}
}

func TestGitHub(t *testing.T) {
	var b bytes.Buffer
	l, o := sample()
	l.Add(diag.Finding{Code: "c", Message: "nowhere"})
	if err := diag.Print(&b, "github", l, o); err != nil {
		t.Fatal(err)
	}
	want := `::error file=Chalicefile.yaml,line=14,endLine=14,col=10,endColumn=20,title=handler-not-found::package ./api has no exported function "StateOfCty"%0Adid you mean "StateOfCity"?
::warning file=sub%2C dir/100%25.yaml,line=2,endLine=3,title=reserved-path::a: b%0Ac%0Aapi/api.go:12:6: the other
::error title=c::nowhere
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestSARIF(t *testing.T) {
	var b bytes.Buffer
	l, o := sample()
	o.ToolVersion = "v1.2.3"
	if err := diag.Print(&b, "sarif", l, o); err != nil {
		t.Fatal(err)
	}
	var log struct {
		Schema, Version string
		Runs            []struct {
			Tool struct {
				Driver struct {
					Name, Version string
					Rules         []struct {
						ID               string
						ShortDescription struct{ Text string }
						Help             struct{ Text string }
						Default          struct{ Level string } `json:"defaultConfiguration"`
					}
				}
			}
			ColumnKind string
			Results    []struct {
				RuleID, Level string
				RuleIndex     int
				Message       struct{ Text string }
				Locations     []struct {
					Physical struct {
						Artifact struct{ URI, URIBaseID string } `json:"artifactLocation"`
						Region   struct{ StartLine, StartColumn, EndLine, EndColumn int }
					} `json:"physicalLocation"`
				}
				RelatedLocations []struct {
					ID      int
					Message struct{ Text string }
				}
			}
		}
	}
	dec := json.NewDecoder(&b)
	if err := dec.Decode(&log); err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	if log.Version != "2.1.0" || run.ColumnKind != "unicodeCodePoints" || run.Tool.Driver.Version != "v1.2.3" || len(run.Results) != 2 {
		t.Fatalf("log = %+v", log)
	}
	for _, r := range run.Tool.Driver.Rules {
		if r.Help.Text == "" || r.ShortDescription.Text == "" || r.Default.Level == "" {
			t.Errorf("rule %+v lacks text", r)
		}
	}
	for _, r := range run.Results {
		if run.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID {
			t.Errorf("result %s points at rule %d", r.RuleID, r.RuleIndex)
		}
	}
	first, second := run.Results[0], run.Results[1]
	if p := first.Locations[0].Physical; p.Artifact.URI != "Chalicefile.yaml" || p.Region.StartLine != 14 || p.Region.EndColumn != 20 {
		t.Errorf("location = %+v", p)
	}
	if first.Level != "error" || first.Message.Text != `package ./api has no exported function "StateOfCty": did you mean "StateOfCity"?` {
		t.Errorf("first = %+v", first)
	}
	if uri := second.Locations[0].Physical.Artifact.URI; uri != "sub,%20dir/100%25.yaml" {
		t.Errorf("uri = %q", uri)
	}
	if second.Level != "warning" || second.RelatedLocations[0].ID != 1 || second.RelatedLocations[0].Message.Text != "the other" {
		t.Errorf("second = %+v", second)
	}
}

// An empty log is valid too: its results are a list.
func TestSARIFEmpty(t *testing.T) {
	var b bytes.Buffer
	if err := diag.Print(&b, "sarif", diag.List{}, diag.PrintOptions{}); err != nil || !strings.Contains(b.String(), `"results": []`) {
		t.Errorf("got %s, %v", b.String(), err)
	}
}

func TestUnknownFormat(t *testing.T) {
	err := diag.Print(io.Discard, "xml", diag.List{}, diag.PrintOptions{})
	if err == nil || err.Error() != `unknown format "xml": take one of text, json, sarif, github` {
		t.Errorf("err = %v", err)
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestWriteErrors(t *testing.T) {
	l, o := sample()
	for _, format := range diag.Formats() {
		if err := diag.Print(brokenPipe{}, format, l, o); err == nil {
			t.Errorf("%s hides that it could not write", format)
		}
	}
}

func TestSummary(t *testing.T) {
	e, w := diag.Finding{}, diag.Finding{Severity: diag.Warning}
	tests := []struct {
		findings []diag.Finding
		want     string
	}{
		{nil, "no findings"}, {[]diag.Finding{e}, "1 error"}, {[]diag.Finding{w, w}, "2 warnings"}, {[]diag.Finding{e, w, e}, "2 errors, 1 warning"},
	}
	for _, tt := range tests {
		if got := (diag.List{Findings: tt.findings}).Summary(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestNearest(t *testing.T) {
	known := []string{"handler", "authorizer", "api_key_required", "content_types", "GET", "cors"}
	tests := []struct{ name, want string }{
		{"handlr", "handler"}, {"hanlder", "handler"}, {"Handler", "handler"}, {"authoriser", "authorizer"}, {"get", "GET"}, {"GTE", "GET"},
		{"contentTypes", "content_types"}, {"api_key", "api_key_required"}, {"handler_name", "handler"}, {"cor", "cors"}, {"zzz", ""}, {"", ""}, {"g", ""}, {"gt", "GET"}}
	for _, tt := range tests {
		if got := diag.Nearest(tt.name, known); got != tt.want {
			t.Errorf("Nearest(%q) = %q, want %q", tt.name, got, tt.want)
		}
	}
	if got := diag.DidYouMean("handlr", known); got != `did you mean "handler"?` {
		t.Errorf("hint %q", got)
	}
	if got := diag.DidYouMean("zzz", known); got != "" {
		t.Errorf("hint %q", got)
	}
}

func TestOrder(t *testing.T) {
	var l diag.List
	f := l.Err("c", diag.Key("a"), "m").WithRelated(diag.Key("b"), "the other").AsConflict()
	f.Range, f.Related[0].Range = at("f", 1, 1, 1, 2), at("f", 9, 1, 9, 2)
	f.Order()
	if f.Range.Start.Line != 9 || f.Related[0].Range.Start.Line != 1 || f.At.Path[0] != "b" {
		t.Errorf("finding %+v", f)
	}
	f.Order()
	if f.Range.Start.Line != 9 {
		t.Error("the later side was moved")
	}
}
