package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// prompt asks on standard error and reads from standard input.
type prompt struct {
	env Env
	in  *bufio.Reader
}

func newPrompt(env Env) *prompt {
	return &prompt{env, bufio.NewReader(env.Stdin)}
}

// ask returns the answer, or byDefault where that is nothing. When ctx ends,
// nobody waits for the answer any more.
func (p *prompt) ask(ctx context.Context, question, byDefault string) (string, error) {
	if byDefault != "" {
		question += " [" + byDefault + "]"
	}
	fmt.Fprintf(p.env.Stderr, "%s: ", question)
	type line struct {
		text string
		err  error
	}
	lines := make(chan line, 1)
	go func() {
		text, err := p.in.ReadString('\n')
		lines <- line{text, err}
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(p.env.Stderr)
		return "", ctx.Err()
	case l := <-lines:
		if l.err != nil && !errors.Is(l.err, io.EOF) {
			return "", l.err
		}
		if answer := strings.TrimSpace(l.text); answer != "" {
			return answer, nil
		}
		return byDefault, nil
	}
}

// choose asks for one of a few words, the first of which is the default.
func (p *prompt) choose(ctx context.Context, question string, allowed []string) (string, error) {
	answer, err := p.ask(ctx, question+" ("+strings.Join(allowed, ", ")+")", allowed[0])
	if err != nil {
		return "", err
	}
	if !slices.Contains(allowed, answer) {
		return "", usagef("%q is not one of %s%s", answer, strings.Join(allowed, ", "), didYouMean(answer, allowed, ""))
	}
	return answer, nil
}
