package cli

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/chalicefile/chalicefile/deployer"
	"github.com/chalicefile/chalicefile/internal/resource"
)

// opWords are how operations are spoken of.
var opWords = map[deployer.Op]struct{ sign, doing, done, color string }{
	deployer.OpCreate:  {"+", "creating", "created", "\x1b[32m"},
	deployer.OpUpdate:  {"~", "updating", "updated", "\x1b[33m"},
	deployer.OpReplace: {"±", "replacing", "replaced", "\x1b[35m"},
	deployer.OpDelete:  {"-", "deleting", "deleted", "\x1b[31m"},
	deployer.OpNothing: {"=", "keeping", "kept", "\x1b[2m"},
}

const colorReset = "\x1b[0m"

// ops in the order in which they are counted.
var ops = []deployer.Op{deployer.OpCreate, deployer.OpUpdate, deployer.OpReplace, deployer.OpDelete, deployer.OpNothing}

// describe is a resource for people: "IAM role helloworld-dev".
func describe(id resource.ID) string { return deployer.Noun(id.Kind) + " " + id.Name }

// sentence is a text that begins one.
func sentence(text string) string {
	r, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(r)) + text[size:]
}

// seconds is how long something took.
func seconds(d time.Duration) string {
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// shorten cuts a text to so many characters.
func shorten(text string, width int) string {
	if utf8.RuneCountInString(text) <= width || width < 1 {
		return text
	}
	return string([]rune(text)[:width-1]) + "…"
}

// tally is "2 to create, 1 unchanged".
func tally(plan *deployer.Plan) string {
	n := counts(plan)
	var parts []string
	for _, op := range ops {
		switch {
		case n[op] == 0:
		case op == deployer.OpNothing:
			parts = append(parts, fmt.Sprintf("%d unchanged", n[op]))
		default:
			parts = append(parts, fmt.Sprintf("%d to %s", n[op], op))
		}
	}
	return strings.Join(parts, ", ")
}

func counts(plan *deployer.Plan) map[deployer.Op]int {
	n := map[deployer.Op]int{}
	for _, s := range plan.Steps {
		n[s.Op]++
	}
	return n
}
