package house

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestReadmeTutorial walks the README as a person would: it writes the files
// that blocks with a file name show, runs the commands of console blocks, and
// compares what they print. A line "..." stands for any lines.
func TestReadmeTutorial(t *testing.T) {
	commands := walk(t, "README.md")
	if len(commands) < 15 {
		t.Errorf("README.md has %d commands: is the tutorial gone?", len(commands))
	}
}

// TestCommandLineDocument runs what docs/cli.md shows, the help of every command
// among it.
func TestCommandLineDocument(t *testing.T) {
	commands := walk(t, "docs/cli.md")
	sections := regexp.MustCompile(`(?m)^## ([a-z-]+)$`).FindAllStringSubmatch(read(t, "docs/cli.md"), -1)
	var documented []string
	for _, s := range sections {
		documented = append(documented, s[1])
		if !slices.Contains(commands, "chalicefile help "+s[1]) {
			t.Errorf("docs/cli.md does not show the help of %s", s[1])
		}
	}
	help := exec.Command("go", "run", "./cmd/chalicefile", "help")
	help.Dir = root
	out, err := help.Output()
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(out), "\nCommands:\n")
	list, _, _ = strings.Cut(list, "\n\n")
	var existing []string
	for line := range strings.Lines(list) {
		existing = append(existing, strings.Fields(line)[0])
	}
	slices.Sort(documented)
	if !slices.Equal(documented, existing) {
		t.Errorf("docs/cli.md has sections for %q, the commands are %q", documented, existing)
	}
}

var update = flag.Bool("update", false, "write what commands print into docs/cli.md")

// walk does what a document says and returns the commands that it ran.
func walk(t *testing.T, doc string) []string {
	w := &walker{t: t, doc: doc, dir: t.TempDir(), bin: t.TempDir()}
	defer w.stopLocal()
	buildTool(t, w.bin)
	var commands []string
	for _, b := range blocks(read(t, doc)) {
		switch {
		case b.lang == "console":
			for _, c := range b.commands() {
				commands = append(commands, c.line)
				w.do(b.line, c)
			}
		case b.file != "":
			w.write(b.file, b.text)
		}
		if t.Failed() {
			break
		}
	}
	return commands
}

// buildTool puts chalicefile into a directory.
func buildTool(t *testing.T, dir string) {
	t.Helper()
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "chalicefile"), "./cmd/chalicefile")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// correct puts what a command prints where the document says something else.
func (w *walker) correct(c command, got string) {
	text := read(w.t, w.doc)
	if !strings.HasSuffix(got, "\n") && got != "" {
		got += "\n"
	}
	old, now := "$ "+c.line+"\n"+c.want, "$ "+c.line+"\n"+got
	if strings.Count(text, old) != 1 {
		w.t.Fatalf("%s shows %q more than once", w.doc, c.line)
	}
	if err := os.WriteFile(filepath.Join(root, w.doc), []byte(strings.Replace(text, old, now, 1)), 0o644); err != nil {
		w.t.Fatal(err)
	}
}

// block is one fenced block: ```LANG FILE.
type block struct {
	lang, file, text string
	line             int
}

func blocks(md string) []block {
	var all []block
	var open *block
	for i, line := range strings.SplitAfter(md, "\n") {
		fence, isFence := strings.CutPrefix(strings.TrimRight(line, "\n"), "```")
		switch {
		case isFence && open == nil:
			lang, file, _ := strings.Cut(fence, " ")
			open = &block{lang: lang, file: file, line: i + 1}
		case isFence:
			all = append(all, *open)
			open = nil
		case open != nil:
			open.text += line
		}
	}
	return all
}

type command struct{ line, want string }

func (b block) commands() []command {
	var all []command
	for line := range strings.Lines(b.text) {
		if c, ok := strings.CutPrefix(line, "$ "); ok {
			all = append(all, command{line: strings.TrimSpace(c)})
		} else if len(all) > 0 {
			all[len(all)-1].want += line
		}
	}
	return all
}

// walker is the person: a working directory, and chalicefile local in the
// background.
type walker struct {
	t        *testing.T
	doc      string
	dir, bin string
	local    *exec.Cmd
	log      *logLines
	base     string // where local serves
	stale    bool   // files were written since local answered
}

func (w *walker) write(name, text string) {
	w.t.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		w.t.Fatal(err)
	}
	w.stale = true
}

func (w *walker) do(line int, c command) {
	w.t.Helper()
	bare, quiet := strings.CutSuffix(c.line, " 2>/dev/null")
	words := split(bare)
	var got string
	switch {
	case words[0] == "cd":
		w.dir = filepath.Join(w.dir, words[1])
	case words[0] == "curl":
		// A reload may come in two steps where two files were written.
		for end := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
			if got = w.curl(words[1:]); matches(c.want, got) || time.Now().After(end) {
				break
			}
		}
	case strings.HasSuffix(c.line, "local &"):
		got = w.startLocal()
	default:
		cmd := exec.Command(words[0], words[1:]...)
		if words[0] == "chalicefile" {
			cmd = exec.Command(filepath.Join(w.bin, words[0]), words[1:]...)
		}
		var stdout, stderr bytes.Buffer
		cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = w.dir, append(os.Environ(), "NO_COLOR=1"), &stdout, &stdout
		if quiet {
			cmd.Stderr = &stderr
		}
		_ = cmd.Run() // what it prints is compared, faults too
		got = stdout.String()
	}
	switch {
	case matches(c.want, got):
	case *update && w.doc != "README.md":
		w.correct(c, got)
	default:
		w.t.Errorf("%s:%d: $ %s\nprints:\n%s\nthe document says:\n%s", w.doc, line, c.line, got, c.want)
	}
}

// matches compares line by line; "..." in want stands for any lines, and in a
// line for any text.
func matches(want, got string) bool {
	var pattern strings.Builder
	for line := range strings.Lines(want) {
		if strings.TrimSpace(line) == "..." {
			pattern.WriteString(`(?:.*\n)*?`)
			continue
		}
		text := regexp.QuoteMeta(strings.TrimRight(line, "\n"))
		pattern.WriteString(strings.ReplaceAll(text, `\.\.\.`, `.*`) + `\n`)
	}
	clean := strings.TrimRight(strings.ReplaceAll(got, "\r\n", "\n"), "\n")
	if clean != "" {
		clean += "\n"
	}
	return regexp.MustCompile(`^` + pattern.String() + `$`).MatchString(clean)
}

// split takes words apart as a shell does, with single quotes.
func split(line string) []string {
	var words []string
	for _, m := range regexp.MustCompile(`'([^']*)'|(\S+)`).FindAllStringSubmatch(line, -1) {
		words = append(words, m[1]+m[2])
	}
	return words
}

func (w *walker) startLocal() string {
	w.t.Helper()
	w.log = &logLines{}
	w.local = exec.Command(filepath.Join(w.bin, "chalicefile"), "local", "--port", "0")
	w.local.Dir = w.dir
	stderr, err := w.local.StderrPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.local.Start(); err != nil {
		w.t.Fatal(err)
	}
	go w.log.read(stderr)
	line, ok := w.log.wait("Serving on ", 2*time.Minute)
	if !ok {
		w.t.Fatalf("chalicefile local does not serve:\n%s", w.log)
	}
	w.base = strings.TrimPrefix(line, "Serving on ")
	w.stale = false
	return regexp.MustCompile(`localhost:\d+`).ReplaceAllString(line, "localhost:8000") + "\n"
}

func (w *walker) stopLocal() {
	if w.local == nil {
		return
	}
	w.local.Process.Signal(syscall.SIGINT)
	done := make(chan struct{})
	go func() { w.local.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		w.local.Process.Kill()
		w.t.Error("chalicefile local does not end on Ctrl-C")
	}
}

// curl does what curl does with -X, -H, -d and -i, since not every machine
// that runs this test has it. After files were written it waits for the swap.
func (w *walker) curl(args []string) string {
	w.t.Helper()
	if w.stale {
		if _, ok := w.log.wait("Reloaded", time.Minute); !ok {
			w.t.Fatalf("chalicefile local does not reload:\n%s", w.log)
		}
		w.stale = false
	}
	method, body, url, head := "", "", "", false
	header := http.Header{}
	for i := 0; i < len(args); i++ {
		switch args[i] {
		case "-i":
			head = true
		case "-X":
			i++
			method = args[i]
		case "-H":
			i++
			key, value, _ := strings.Cut(args[i], ": ")
			header.Set(key, value)
		case "-d":
			i++
			body = args[i]
			if header.Get("Content-Type") == "" {
				header.Set("Content-Type", "application/x-www-form-urlencoded")
			}
			if method == "" {
				method = "POST"
			}
		default:
			url = strings.Replace(args[i], "http://localhost:8000", w.base, 1)
		}
	}
	req, err := http.NewRequestWithContext(context.Background(), method, url, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header = header
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	var out bytes.Buffer
	if head {
		fmt.Fprintf(&out, "HTTP/1.1 %s\n", res.Status)
		res.Header.Write(&out)
	}
	io.Copy(&out, res.Body)
	return out.String()
}

// logLines collects what a process prints.
type logLines struct {
	mu   sync.Mutex
	all  []string
	seen int // lines before it were waited for
}

func (l *logLines) read(r io.Reader) {
	for s := bufio.NewScanner(r); s.Scan(); {
		l.mu.Lock()
		l.all = append(l.all, s.Text())
		l.mu.Unlock()
	}
}

// wait returns the first line with the prefix since the last wait.
func (l *logLines) wait(prefix string, atMost time.Duration) (string, bool) {
	for end := time.Now().Add(atMost); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		l.mu.Lock()
		for i := l.seen; i < len(l.all); i++ {
			if strings.HasPrefix(l.all[i], prefix) {
				l.seen = i + 1
				defer l.mu.Unlock()
				return l.all[i], true
			}
		}
		l.mu.Unlock()
	}
	return "", false
}

func (l *logLines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.all, "\n")
}
