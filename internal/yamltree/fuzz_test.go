package yamltree

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/tools/txtar"

	"github.com/chalicefile/chalicefile/loader/diag"
)

// seed gives a fuzz test the documents of all archives.
func seed(f *testing.F) {
	archives, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil || len(archives) == 0 {
		f.Fatal("no archives", err)
	}
	for _, name := range archives {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range txtar.Parse(data).Files {
			if strings.HasSuffix(file.Name, ".yaml") {
				f.Add(file.Data)
			}
		}
	}
	for _, text := range []string{
		"\xef\xbb\xbfa: 1\r\nb: \"x\r\n  y\"\r\n", "a:\n  - &x\n    b: |+\n      c\n\n  - *x\n", "%TAG", "a: \xff", "a: \x00",
		"- - - - 1", "[[[[", "{{{{", "? : ?", "a: *", "&a", "!!", "---", "...", "'", "\"", "|", ">", ">2-", "<<: *a",
		"a: |\n\tb", "a\t: b\tc", "a: \"\\", strings.Repeat("[", 300), strings.Repeat("- ", 300), "a: \"\\u00e4\\\n  \\x41\"",
	} {
		f.Add([]byte(text))
	}
}

func FuzzParse(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		root, l := Parse("f.yaml", src)
		lines := diag.Pos{Line: bytes.Count(src, []byte("\n")) + 2, Column: 1}
		for _, finding := range l.Findings {
			checkRange(t, finding.Range, lines)
			for _, r := range finding.Related {
				checkRange(t, r.Range, lines)
			}
			if finding.Code == "" || finding.Message == "" {
				t.Errorf("an empty finding: %+v", finding)
			}
		}
		if root == nil {
			if !l.HasErrors() {
				t.Error("nothing, and no error")
			}
			return
		}
		if !json.Valid(root.JSON()) {
			t.Errorf("no JSON: %s", root.JSON())
		}
		checkTree(t, root, nil, root, lines)
	})
}

func checkRange(t *testing.T, r diag.Range, last diag.Pos) {
	t.Helper()
	if r.File != "f.yaml" || r.Start.Line < 1 || r.Start.Column < 1 || r.End.Compare(r.Start) < 0 || r.End.Compare(last) > 0 {
		t.Errorf("range %+v", r)
	}
}

// checkTree checks that every node stands in the file where it says, and is
// found at its path.
func checkTree(t *testing.T, root *Node, path diag.Path, n *Node, last diag.Pos) {
	t.Helper()
	checkRange(t, n.Range(), last)
	if r, ok := Locate(root, diag.At{Path: path}); !ok || n.Start != n.End && r != n.Range() {
		t.Errorf("%q is located at %v, but stands at %v", path, r, n.Range())
	}
	if n.IsScalar() && n.Start != n.End && n.File.text[n.start] != '*' {
		checkScalar(t, n)
	}
	if len(path) > 12 {
		return // aliases of aliases
	}
	for _, e := range n.Entries {
		checkRange(t, e.Key.Range(), last)
		checkScalar(t, e.Key)
		checkTree(t, root, path.With(e.Key.Text), e.Value, last)
	}
	for i, item := range n.Items {
		checkTree(t, root, path.With(strconv.Itoa(i)), item, last)
	}
}

// checkScalar checks that the text of a scalar is what its place says, and
// that each of its characters has a place within.
func checkScalar(t *testing.T, n *Node) {
	t.Helper()
	u := n.unfold()
	if string(u.text) != n.Text {
		t.Errorf("%v: the file says %q, the node %q", n.Range(), u.text, n.Text)
	}
	if utf8.RuneCountInString(n.Text) > 200 {
		return
	}
	at := n.Start
	for i := range utf8.RuneCountInString(n.Text) {
		r := n.within(i, 1)
		if r.Start.Compare(at) < 0 || r.End.Compare(n.End) > 0 && n.style < literalStyle {
			t.Errorf("%v: character %d stands at %v", n.Range(), i, r)
		}
		if n.style < literalStyle {
			at = r.Start
		}
	}
}

func FuzzFormat(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		laid, l := Format("f.yaml", src)
		if l.HasErrors() {
			if !bytes.Equal(laid, src) {
				t.Error("a refused file was changed")
			}
			return
		}
		before, _ := Parse("f.yaml", src)
		after, again := Parse("f.yaml", laid)
		if again.HasErrors() || !same(before, after) {
			t.Errorf("%q became %q", src, laid)
		}
		if twice, l := Format("f.yaml", laid); !bytes.Equal(laid, twice) || l.HasErrors() {
			t.Errorf("%q becomes %q", laid, twice)
		}
		if got, want := bytes.Count(laid, []byte("#")), bytes.Count(src, []byte("#")); got != want {
			t.Errorf("%d # became %d", want, got)
		}
	})
}

func FuzzInterpolate(f *testing.F) {
	for _, text := range []string{
		"${app}", "a ${stage} b", "$${app}", "$$${app}", "${env.X:-fallback}", "${env.SET}", "${env.UNSET}", "${", "${}", "ä${app}ö${region}",
		"${aws:username}", "${AWS::Region}", "\n${app}\n", "\t${account}\\", "${env.X:-${app}}", "$", "$$", "${Stage}",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return
		}
		quoted, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		src := "x: " + string(quoted) + "\n"
		c, parsed := Compose(ComposeOptions{
			ReadFile:  func(string) ([]byte, error) { return []byte(src), nil },
			LookupEnv: func(name string) (string, bool) { return "vält", name == "SET" },
			Region:    "r", Account: "0",
		})
		if parsed.HasErrors() {
			return // JSON lets characters pass that YAML does not
		}
		tree, l := c.Stage("appname", "dev", true)
		n := tree.Get("x")
		if n == nil || n.RawText() != text {
			t.Fatalf("%q became %+v", text, n)
		}
		if !strings.Contains(text, "${") && (n.Text != text || n != c.Root.Get("x")) {
			t.Errorf("%q became %q", text, n.Text)
		}
		for _, finding := range l.Findings {
			if finding.Range.Start.Compare(n.Start) < 0 || finding.Range.End.Compare(n.End) > 0 {
				t.Errorf("%q: %+v", text, finding)
			}
		}
		at := n.Start
		for i := range min(utf8.RuneCountInString(n.Text), 200) {
			r := n.within(i, 1)
			if r.Start.Compare(at) < 0 || r.End.Compare(n.End) > 0 {
				t.Errorf("%q: character %d of %q stands at %v", text, i, n.Text, r)
			}
			at = r.Start
		}
	})
}
