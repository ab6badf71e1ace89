package actions

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
)

//go:embed operations.txt.gz
var compressed []byte

// The table as text: sections that begin with "service KEY PREFIX", then one line for each operation.
type sections struct {
	sections map[string]section
	err      error
}

type section struct {
	prefix string
	lines  string
}

// table is read once, when it is first asked for.
var table = sync.OnceValue(func() *sections {
	text, err := inflate(compressed)
	if err != nil {
		return &sections{err: err}
	}
	return split(text)
})

func inflate(data []byte) (string, error) {
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return "", fmt.Errorf("table of operations: %w", err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return "", fmt.Errorf("table of operations: %w", err)
	}
	return string(text), nil
}

func split(text string) *sections {
	found := &sections{sections: map[string]section{}}
	for len(text) > 0 {
		head, rest, _ := strings.Cut(text, "\n")
		end := strings.Index(rest, "\nservice ")
		body := rest
		if text = ""; end >= 0 {
			body, text = rest[:end+1], rest[end+1:]
		}
		fields := strings.Fields(head)
		if len(fields) != 3 || fields[0] != "service" {
			found.err = fmt.Errorf("table of operations: %q is no head of a service", head)
			return found
		}
		found.sections[fields[1]] = section{prefix: fields[2], lines: "\n" + body}
	}
	return found
}

func (t *sections) names() []string {
	return slices.Sorted(maps.Keys(t.sections))
}

func (t *sections) prefix(service string) string {
	return t.sections[service].prefix
}

func (t *sections) operations(service string) []string {
	var names []string
	for line := range strings.Lines(strings.TrimSpace(t.sections[service].lines)) {
		if name := operationOf(line); name != "" {
			names = append(names, name)
		}
	}
	return names
}

func operationOf(line string) string {
	name, _, _ := strings.Cut(strings.TrimSpace(line), " ")
	return name
}

func (t *sections) line(service, operation string) (string, bool) {
	if operation == "" || strings.ContainsAny(operation, " \n") {
		return "", false
	}
	lines := t.sections[service].lines
	for _, end := range []string{"\n", " "} {
		if at := strings.Index(lines, "\n"+operation+end); at >= 0 {
			line, _, _ := strings.Cut(lines[at+1:], "\n")
			return line, true
		}
	}
	return "", false
}
