package actions

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the expected grants anew")

// TestCorrections goes through testdata/corrections.txt: calls, and what each needs. A call is a service, an operation
// and its arguments: "Key=k" is set to "k", or to one of several with "|" between them; "Key=?" is set to what cannot
// be told; "Key~?" may be set or not. Others are not set.
func TestCorrections(t *testing.T) {
	const file = "testdata/corrections.txt"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for block := range strings.SplitSeq(strings.TrimSpace(string(data)), "\n\n") {
		call, want, _ := strings.Cut(block, "\n")
		if strings.HasPrefix(call, "#") {
			fmt.Fprintf(&got, "%s\n\n", block)
			continue
		}
		grants := grantsOf(t, call)
		fmt.Fprintf(&got, "%s\n%s\n\n", call, grants)
		if strings.TrimRight(want, "\n") != grants && !*update {
			t.Errorf("%s\ngot\n%s\nwant\n%s", call, grants, want)
		}
	}
	if *update {
		if err := os.WriteFile(file, []byte(strings.TrimSpace(got.String())+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestEachCorrectionHasACase holds testdata/corrections.txt against the generator's corrections.
func TestEachCorrectionHasACase(t *testing.T) {
	corrections, err := os.ReadFile("internal/generate/corrections.txt")
	if err != nil {
		t.Fatal(err)
	}
	cases, err := os.ReadFile("testdata/corrections.txt")
	if err != nil {
		t.Fatal(err)
	}
	service := ""
	for line := range strings.Lines(string(corrections)) {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0 || strings.HasPrefix(line, "#") || fields[0] == "let" || fields[0] == "alias":
		case fields[0] == "service":
			service = fields[1]
		case !strings.Contains("\n"+string(cases), "\n"+service+" "+fields[0]+" ") && !strings.Contains("\n"+string(cases), "\n"+service+" "+fields[0]+"\n"):
			t.Errorf("%s %s has no case", service, fields[0])
		}
	}
}

func grantsOf(t *testing.T, call string) string {
	t.Helper()
	fields := strings.Fields(call)
	op, ok := Lookup(fields[0], fields[1])
	if !ok {
		return "  unknown"
	}
	arguments := map[string]Argument{}
	for _, field := range fields[2:] {
		if path, maybe := strings.CutSuffix(field, "~?"); maybe {
			arguments[path] = Argument{}
			continue
		}
		path, value, _ := strings.Cut(field, "=")
		argument := Argument{Set: true}
		if value != "?" {
			argument.Values = strings.Split(strings.ReplaceAll(value, "_", " "), "|")
		}
		arguments[path] = argument
	}
	grants := op.Grants(func(path string) Argument {
		if argument, named := arguments[path]; named {
			return argument
		}
		return Argument{Unset: true}
	}, Place{Partition: "aws", Region: "R", Account: "A"})
	var lines []string
	for _, g := range grants {
		line := "  " + g.Action + " " + strings.Join(g.Resources, " ")
		if len(g.Unknown) > 0 {
			line += " (" + strings.Join(g.Unknown, ", ") + " unknown)"
		}
		lines = append(lines, line)
	}
	if len(lines) == 0 {
		return "  nothing"
	}
	return strings.Join(slices.Compact(lines), "\n")
}
