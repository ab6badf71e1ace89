package main

import (
	_ "embed"
	"fmt"
	"strings"
)

//go:embed corrections.txt
var correctionsText string

// corrections are what is known better than the sources do; corrections.txt says how they are written.
type corrections struct {
	prefixes map[string]string            // IAM prefix by service
	lines    map[string]map[string]string // by service and operation
	aliases  map[string]string            // a service whose operations are another's
}

func readCorrections(text string) (corrections, error) {
	c := corrections{prefixes: map[string]string{}, lines: map[string]map[string]string{}, aliases: map[string]string{}}
	names := []string{}
	current := ""
	for n, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		fields := strings.Fields(line)
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case fields[0] == "let" && len(fields) > 3:
			_, value, _ := strings.Cut(line, " = ")
			names = append([]string{"@" + fields[1], expand(value, names)}, names...)
		case fields[0] == "service" && (len(fields) == 2 || len(fields) == 3):
			current = fields[1]
			if c.lines[current] == nil {
				c.lines[current] = map[string]string{}
			}
			if len(fields) == 3 {
				c.prefixes[current] = fields[2]
			}
		case fields[0] == "alias" && len(fields) == 3:
			c.aliases[fields[1]] = fields[2]
		case current != "" && (len(fields) == 1 || fields[1] == "="):
			if _, twice := c.lines[current][fields[0]]; twice {
				return c, fmt.Errorf("corrections.txt:%d: %s %s is corrected twice", n+1, current, fields[0])
			}
			c.lines[current][fields[0]] = expand(line, names)
		default:
			return c, fmt.Errorf("corrections.txt:%d: cannot be read: %s", n+1, line)
		}
	}
	return c, nil
}

// expand puts in what "let" has named; names are pairs, the latest first.
func expand(line string, names []string) string {
	words := strings.Split(line, " ")
	for i, word := range words {
		bare := strings.TrimSuffix(word, ";")
		for n := 0; n < len(names); n += 2 {
			if bare == names[n] {
				words[i] = names[n+1] + strings.TrimPrefix(word, bare)
			}
		}
	}
	return strings.Join(words, " ")
}
