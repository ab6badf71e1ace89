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

// errNoAnswer says that nobody answers any more.
var errNoAnswer = usageError{"the question was not answered; say it on the command line"}

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
		if l.err != nil {
			fmt.Fprintln(p.env.Stderr)
			return "", errNoAnswer
		}
		return byDefault, nil
	}
}

// askUntil asks again as long as check has something against the answer.
func (p *prompt) askUntil(ctx context.Context, question, byDefault string, check func(answer string) error) (string, error) {
	for {
		answer, err := p.ask(ctx, question, byDefault)
		if err != nil {
			return "", err
		}
		if err = check(answer); err == nil {
			return answer, nil
		}
		fmt.Fprintln(p.env.Stderr, err)
	}
}

// choose asks for one of a few words, the first of which is the default.
func (p *prompt) choose(ctx context.Context, question string, allowed []string) (string, error) {
	return p.askUntil(ctx, question+" ("+strings.Join(allowed, ", ")+")", allowed[0], func(answer string) error {
		if slices.Contains(allowed, answer) {
			return nil
		}
		return usagef("%q is not one of %s%s", answer, strings.Join(allowed, ", "), didYouMean(answer, allowed, ""))
	})
}
