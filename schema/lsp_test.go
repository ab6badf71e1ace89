package schema

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience is how long the server may take for one answer: a limit for a
// server that hangs, not a measurement.
const patience = 2 * time.Minute

// lspClient speaks the language server protocol over a process's standard
// input and output, as far as the test needs it.
type lspClient struct {
	in      io.WriteCloser
	writing sync.Mutex
	nextID  int

	mu          sync.Mutex
	waiting     map[int]chan lspMessage
	diagnostics map[string]chan []lspDiagnostic
	err         error
	closed      chan struct{}
}

type lspMessage struct {
	ID     *int            `json:"id,omitempty"`
	Method string          `json:"method,omitempty"`
	Params json.RawMessage `json:"params,omitempty"`
	Result json.RawMessage `json:"result,omitempty"`
	Error  *struct {
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

type lspPosition struct {
	Line      int `json:"line"`
	Character int `json:"character"`
}

type lspRange struct {
	Start lspPosition `json:"start"`
	End   lspPosition `json:"end"`
}

type lspDiagnostic struct {
	Range   lspRange `json:"range"`
	Message string   `json:"message"`
}

type lspItem struct {
	Label         string `json:"label"`
	InsertText    string `json:"insertText"`
	Documentation any    `json:"documentation"`
}

// startServer runs the server until the test ends.
func startServer(t *testing.T, command ...string) *lspClient {
	t.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := &lspClient{
		in: in, waiting: map[int]chan lspMessage{}, diagnostics: map[string]chan []lspDiagnostic{}, closed: make(chan struct{}),
	}
	go c.read(bufio.NewReader(out))
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Process.Kill()
		<-c.closed
		_ = cmd.Wait() // killed: its status says nothing
	})
	return c
}

func (c *lspClient) read(out *bufio.Reader) {
	defer close(c.closed)
	for {
		m, err := readMessage(out)
		if err != nil {
			c.mu.Lock()
			c.err = err
			c.mu.Unlock()
			return
		}
		switch {
		case m.Method == "textDocument/publishDiagnostics":
			c.published(m.Params)
		case m.Method != "" && m.ID != nil:
			c.answer(m)
		case m.ID != nil:
			c.mu.Lock()
			if w := c.waiting[*m.ID]; w != nil {
				w <- m
				delete(c.waiting, *m.ID)
			}
			c.mu.Unlock()
		}
	}
}

func readMessage(out *bufio.Reader) (lspMessage, error) {
	var m lspMessage
	header, err := textproto.NewReader(out).ReadMIMEHeader()
	if err != nil {
		return m, err
	}
	length, err := strconv.Atoi(header.Get("Content-Length"))
	if err != nil {
		return m, err
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(out, body); err != nil {
		return m, err
	}
	return m, json.Unmarshal(body, &m)
}

func (c *lspClient) published(params json.RawMessage) {
	var p struct {
		URI         string          `json:"uri"`
		Diagnostics []lspDiagnostic `json:"diagnostics"`
	}
	if json.Unmarshal(params, &p) != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if w := c.diagnostics[p.URI]; w != nil {
		select {
		case w <- p.Diagnostics:
		default: // the first publication counts
		}
	}
}

// answer gives the server what it asks its client.
func (c *lspClient) answer(m lspMessage) {
	var result any
	if m.Method == "workspace/configuration" {
		var p struct {
			Items []struct{ Section string }
		}
		_ = json.Unmarshal(m.Params, &p) // no items where it is unsound
		settings := make([]any, len(p.Items))
		for i, item := range p.Items {
			settings[i] = map[string]any{}
			if item.Section == "yaml" {
				settings[i] = map[string]any{
					"validate": true, "hover": true, "completion": true, "schemaStore": map[string]any{"enable": false},
				}
			}
		}
		result = settings
	}
	_ = c.send(map[string]any{"jsonrpc": "2.0", "id": *m.ID, "result": result}) // a dead server shows at the next call
}

func (c *lspClient) send(m any) error {
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	_, err = fmt.Fprintf(c.in, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return err
}

func (c *lspClient) notify(t *testing.T, method string, params any) {
	t.Helper()
	if err := c.send(map[string]any{"jsonrpc": "2.0", "method": method, "params": params}); err != nil {
		t.Fatal(err)
	}
}

func (c *lspClient) call(t *testing.T, method string, params, result any) {
	t.Helper()
	answer := make(chan lspMessage, 1)
	c.mu.Lock()
	c.nextID++
	id := c.nextID
	c.waiting[id] = answer
	c.mu.Unlock()
	if err := c.send(map[string]any{"jsonrpc": "2.0", "id": id, "method": method, "params": params}); err != nil {
		t.Fatal(err)
	}
	select {
	case m := <-answer:
		if m.Error != nil {
			t.Fatalf("%s: %s", method, m.Error.Message)
		}
		if err := json.Unmarshal(m.Result, result); err != nil {
			t.Fatalf("%s: %v in %s", method, err, m.Result)
		}
	case <-c.closed:
		t.Fatalf("%s: the server ended: %v", method, c.failure())
	case <-time.After(patience):
		t.Fatalf("%s: no answer", method)
	}
}

func (c *lspClient) failure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if errors.Is(c.err, io.EOF) {
		return errors.New("end of its output")
	}
	return c.err
}

func (c *lspClient) initialize(t *testing.T, rootURI string) {
	t.Helper()
	var ignored any
	c.call(t, "initialize", map[string]any{
		"processId": nil, "rootUri": rootURI,
		"capabilities": map[string]any{
			"workspace": map[string]any{"configuration": true},
			"textDocument": map[string]any{
				"completion": map[string]any{"completionItem": map[string]any{
					"snippetSupport": true, "documentationFormat": []string{"markdown"},
				}},
				"hover": map[string]any{"contentFormat": []string{"markdown"}},
			},
		},
	}, &ignored)
	c.notify(t, "initialized", map[string]any{})
	c.notify(t, "workspace/didChangeConfiguration", map[string]any{"settings": nil})
}

// open hands a document over; diagnose waits for what the server says of it.
func (c *lspClient) open(t *testing.T, uri, text string) (diagnose func() []lspDiagnostic) {
	t.Helper()
	first := make(chan []lspDiagnostic, 1)
	c.mu.Lock()
	c.diagnostics[uri] = first
	c.mu.Unlock()
	c.notify(t, "textDocument/didOpen", map[string]any{
		"textDocument": map[string]any{"uri": uri, "languageId": "yaml", "version": 1, "text": text},
	})
	return func() []lspDiagnostic {
		t.Helper()
		select {
		case d := <-first:
			return d
		case <-c.closed:
			t.Fatalf("the server ended: %v", c.failure())
		case <-time.After(patience):
			t.Fatal("no diagnostics")
		}
		return nil
	}
}

func (c *lspClient) complete(t *testing.T, uri string, at lspPosition) []lspItem {
	t.Helper()
	var list struct{ Items []lspItem }
	c.call(t, "textDocument/completion", place(uri, at), &list)
	return list.Items
}

func (c *lspClient) hover(t *testing.T, uri string, at lspPosition) string {
	t.Helper()
	var h struct {
		Contents struct{ Value string }
	}
	c.call(t, "textDocument/hover", place(uri, at), &h)
	return h.Contents.Value
}

func place(uri string, at lspPosition) map[string]any {
	return map[string]any{"textDocument": map[string]any{"uri": uri}, "position": at}
}

// cursor takes the mark | out of a text and says where it stood.
func cursor(t *testing.T, text string) (string, lspPosition) {
	t.Helper()
	before, after, ok := strings.Cut(text, "|")
	if !ok {
		t.Fatalf("no | in %q", text)
	}
	line := strings.LastIndexByte(before, '\n') + 1
	return before + after, lspPosition{Line: strings.Count(before, "\n"), Character: len([]rune(before[line:]))}
}
