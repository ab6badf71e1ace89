package awstest

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

//go:embed serve.py
var serveScript string

//go:embed worker.py
var workerScript string

// Server is a moto server.
type Server struct {
	// URL is its endpoint.
	URL string
	// Log is the path of what it wrote.
	Log string

	venv  string
	stdin io.Closer // it ends when this is closed, also by our own end
	done  chan struct{}

	mu      sync.Mutex
	workers []*worker // idle
}

// StartMoto installs moto, where that has not been done, and starts a server.
func StartMoto(ctx context.Context) (*Server, error) {
	venv, err := Venv(ctx, "moto", MotoRequirements...)
	if err != nil {
		return nil, err
	}
	log, err := logFile(venv + "-logs")
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command(Python(venv), "-c", serveScript)
	cmd.Env = append(clean(os.Environ()),
		"MOTO_IAM_LOAD_MANAGED_POLICIES=true", "AWS_DEFAULT_REGION="+Region,
		"AWS_ACCESS_KEY_ID="+accessKey, "AWS_SECRET_ACCESS_KEY="+accessKey)
	cmd.Stderr = log
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &Server{Log: log.Name(), venv: venv, stdin: stdin, done: make(chan struct{})}
	port, err := bufio.NewReader(stdout).ReadString('\n')
	go func() { _ = cmd.Wait(); close(s.done) }()
	if err != nil {
		text, _ := os.ReadFile(s.Log)
		return nil, fmt.Errorf("moto does not start: %w\n%s", err, text)
	}
	s.URL = "http://127.0.0.1:" + strings.TrimSpace(port)
	return s, s.Reset(ctx) // which also shows that it answers
}

// logFile makes a log and removes those of days gone by.
func logFile(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > 24*time.Hour {
			_ = os.Remove(filepath.Join(dir, e.Name()))
		}
	}
	return os.CreateTemp(dir, "*.log")
}

// Reset forgets everything that was made.
func (s *Server) Reset(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/moto-api/reset", nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return fmt.Errorf("moto does not answer: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("moto answers %s when it is reset", res.Status)
	}
	return nil
}

// Close ends the server.
func (s *Server) Close() {
	s.mu.Lock()
	for _, w := range s.workers {
		w.stdin.Close()
	}
	s.workers = nil
	s.mu.Unlock()
	s.stdin.Close()
	<-s.done
}

// worker is a Python process that runs scripts.
type worker struct {
	stdin  io.WriteCloser
	stdout *bufio.Reader
	stderr *bytes.Buffer
}

// Python runs a script of boto3 against the server and returns what it prints.
// client("iam") is a client of the region, args are the arguments.
func (s *Server) Python(t testing.TB, region, script string, args ...string) string {
	t.Helper()
	out, err := s.Script(region, script, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Script is Python without a test.
func (s *Server) Script(region, script string, args ...string) (string, error) {
	w, err := s.takeWorker()
	if err != nil {
		return "", err
	}
	line, err := json.Marshal(map[string]any{"region": region, "script": script, "args": args})
	if err != nil {
		return "", err
	}
	if _, err := w.stdin.Write(append(line, '\n')); err != nil {
		return "", fmt.Errorf("python: %w\n%s", err, w.stderr)
	}
	text, err := w.stdout.ReadBytes('\n')
	if err != nil {
		return "", fmt.Errorf("python: %w\n%s", err, w.stderr)
	}
	var answer struct{ Out, Error string }
	if err := json.Unmarshal(text, &answer); err != nil {
		return "", err
	}
	s.mu.Lock()
	s.workers = append(s.workers, w)
	s.mu.Unlock()
	if answer.Error != "" {
		return answer.Out, errors.New(answer.Out + answer.Error)
	}
	return answer.Out, nil
}

func (s *Server) takeWorker() (*worker, error) {
	s.mu.Lock()
	if n := len(s.workers); n > 0 {
		w := s.workers[n-1]
		s.workers = s.workers[:n-1]
		s.mu.Unlock()
		return w, nil
	}
	s.mu.Unlock()
	w := &worker{stderr: &bytes.Buffer{}}
	cmd := exec.Command(Python(s.venv), "-c", workerScript)
	cmd.Env = Environ(s.URL, Region)
	cmd.Stderr = w.stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if w.stdin, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	w.stdout = bufio.NewReader(stdout)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() { _ = cmd.Wait() }()
	return w, nil
}
