package awstest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// Programs of tests run the tool some thousand times on apps of the same code. Go
// would list the same packages and link the same binary each time, which takes
// longer than all the rest. So the go command that the tool finds on its PATH is
// the test binary itself, which remembers by its arguments and the app's files
// what the real one said. The binaries that it gives out for `go build` are the
// hashes of the real ones: packing them takes no time, and other code makes
// another.
const (
	memoVar = "AWSTEST_MEMO" // where it remembers
	goVar   = "AWSTEST_GO"   // the real go command
)

// ActAsGo is what a program that calls RememberGo calls first: where it was
// started as the go command, it is that, and ends.
func ActAsGo() {
	if strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe") == "go" && os.Getenv(memoVar) != "" {
		os.Exit(runMemo(os.Args[1:]))
	}
}

// RememberGo makes an environment one in which the go command remembers, in a
// directory that the caller removes.
func RememberGo(dir string, environ []string) ([]string, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	goCommand, err := exec.LookPath("go")
	if err != nil {
		return nil, err
	}
	if err := os.Symlink(self, filepath.Join(dir, "go")); err != nil && !os.IsExist(err) {
		return nil, err
	}
	return append(environ[:len(environ):len(environ)], memoVar+"="+dir, goVar+"="+goCommand,
		"PATH="+dir+string(filepath.ListSeparator)+os.Getenv("PATH"), RaceAtExit), nil
}

// RaceAtExit is for the environment of a test binary that acts as a program: built
// with -race it would sleep for a second each time that it ends.
// See https://go.dev/doc/articles/race_detector#Options.
const RaceAtExit = "GORACE=atexit_sleep_ms=0"

// memoized is an answer.
type memoized struct {
	Stdout, Stderr string
	Binary         []byte
}

// runMemo is the go command that remembers.
func runMemo(args []string) int {
	dir, err := os.Getwd()
	if err != nil {
		return memoFailed(err)
	}
	key, out, err := memoKey(dir, args)
	if err != nil {
		return memoFailed(err)
	}
	path := filepath.Join(os.Getenv(memoVar), key+".json")
	const here = "@HERE@"
	var m memoized
	if text, err := os.ReadFile(path); err == nil && json.Unmarshal(text, &m) == nil {
		if out != "" {
			if err := os.WriteFile(out, m.Binary, 0o755); err != nil {
				return memoFailed(err)
			}
		}
		_, _ = io.WriteString(os.Stdout, strings.ReplaceAll(m.Stdout, here, dir))
		_, _ = io.WriteString(os.Stderr, strings.ReplaceAll(m.Stderr, here, dir))
		return 0
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(os.Getenv(goVar), args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, &stdout, &stderr
	err = cmd.Run()
	if err == nil {
		m = memoized{Stdout: strings.ReplaceAll(stdout.String(), dir, here), Stderr: strings.ReplaceAll(stderr.String(), dir, here)}
		if out != "" {
			text, err := os.ReadFile(out)
			if err != nil {
				return memoFailed(err)
			}
			sum := sha256.Sum256(text)
			m.Binary = []byte(hex.EncodeToString(sum[:]))
			if err := os.WriteFile(out, m.Binary, 0o755); err != nil {
				return memoFailed(err)
			}
		}
		if err := remember(path, m); err != nil {
			return memoFailed(err)
		}
	}
	_, _ = os.Stdout.Write(stdout.Bytes())
	_, _ = os.Stderr.Write(stderr.Bytes())
	if err != nil {
		return 1
	}
	return 0
}

func memoFailed(err error) int {
	fmt.Fprintln(os.Stderr, "the go command that remembers:", err)
	return 1
}

func remember(path string, m memoized) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Write(text); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// stageDir is where the generated main of a stage lies.
var stageDir = regexp.MustCompile(`\.chalicefile/gen/[A-Za-z0-9_-]+`)

// memoKey tells commands apart, by what can matter: arguments, platform, the
// app's files, and the generated main, which an overlay tells of. The stage is
// but a name in it.
func memoKey(dir string, args []string) (key, out string, err error) {
	h := sha256.New()
	for i := 0; i < len(args); i++ {
		name, value, joined := strings.Cut(args[i], "=")
		switch {
		case name == "-o" && i+1 < len(args):
			i++
			out = args[i]
		case name == "-overlay":
			if !joined {
				i++
				value = args[i]
			}
			if err := hashOverlay(h, value); err != nil {
				return "", "", err
			}
		default:
			fmt.Fprintf(h, "%q\n", stageDir.ReplaceAllString(strings.ReplaceAll(args[i], dir, "."), ".chalicefile/gen/STAGE"))
		}
	}
	fmt.Fprintln(h, os.Getenv("GOOS"), os.Getenv("GOARCH"), os.Getenv("CGO_ENABLED"), os.Getenv("GOFLAGS"))
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return "", "", err
	}
	for _, name := range append(files, filepath.Join(dir, "go.mod")) {
		text, err := os.ReadFile(name)
		if err != nil {
			return "", "", err
		}
		fmt.Fprintf(h, "%s %d\n%s", filepath.Base(name), len(text), text)
	}
	return hex.EncodeToString(h.Sum(nil)), out, nil
}

func hashOverlay(h io.Writer, path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var overlay struct{ Replace map[string]string }
	if err := json.Unmarshal(text, &overlay); err != nil {
		return err
	}
	for _, file := range overlay.Replace {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		fmt.Fprintf(h, "overlay %s %d\n%s", filepath.Base(file), len(text), text)
	}
	return nil
}
