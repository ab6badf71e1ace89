package handlers

import (
	"fmt"
	"go/token"
	"path/filepath"
	"strings"

	"github.com/chalicefile/chalicefile/loader/diag"
)

// problem is a finding without the place in the Chalicefile where it is told:
// a handler is checked once, however often it is used.
type problem struct {
	code, message, hint string
	warning             bool
	related             []note
}

// note is a position in Go code that a problem speaks of.
type note struct {
	pos     token.Position
	length  int
	message string
}

// problems collects.
type problems []*problem

func (p *problems) add(code, format string, args ...any) *problem {
	one := &problem{code: code, message: fmt.Sprintf(format, args...)}
	*p = append(*p, one)
	return one
}

func (p *problem) withHint(format string, args ...any) *problem {
	p.hint = fmt.Sprintf(format, args...)
	return p
}

func (p *problem) at(n note) *problem {
	p.related = append(p.related, n)
	return p
}

// tell adds a problem to the findings of one app.
func (b *binder) tell(out *diag.List, at diag.At, p *problem) {
	f := diag.Finding{Code: p.code, At: at, Message: p.message, Hint: p.hint}
	if p.warning {
		f.Severity = diag.Warning
	}
	for _, n := range p.related {
		f.Related = append(f.Related, diag.Related{Range: b.goRange(n.pos, n.length), Message: n.message})
	}
	out.Add(f)
}

// goRange is a range in a Go file as findings show it.
func (b *binder) goRange(pos token.Position, length int) diag.Range {
	start := diag.Pos{Line: pos.Line, Column: max(pos.Column, 1)}
	return diag.Range{
		File:  b.showFile(pos.Filename),
		Start: start,
		End:   diag.Pos{Line: start.Line, Column: start.Column + max(length, 1)},
	}
}

// showFile is relative to the Chalicefile for files of the module, and absolute
// for others.
func (b *binder) showFile(name string) string {
	if !filepath.IsAbs(name) {
		return filepath.ToSlash(name)
	}
	if inModule, err := filepath.Rel(b.module.Dir, name); b.module.Dir == "" || err != nil || !filepath.IsLocal(inModule) {
		return filepath.ToSlash(name)
	}
	rel, err := filepath.Rel(b.dir, name)
	if err != nil {
		return filepath.ToSlash(name)
	}
	return filepath.ToSlash(rel)
}

// list writes "a, b or c".
func list(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " " + last + " " + words[len(words)-1]
}
