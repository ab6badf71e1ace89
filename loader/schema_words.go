package loader

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/chalicefile/chalicefile/internal/yamltree"
	"github.com/chalicefile/chalicefile/loader/diag"
)

func (w *schemaWalk) tell(code string, r diag.Range, message, hint string) *diag.Finding {
	w.out.Add(diag.Finding{Code: code, Range: r, Message: message, Hint: hint})
	return &w.out.Findings[len(w.out.Findings)-1]
}

// subject names a node in a message.
func (at where) subject() string {
	switch {
	case at.label == "":
		return "the file"
	case at.key == nil:
		return fmt.Sprintf("an item of %q", at.label)
	}
	return strconv.Quote(at.label)
}

// of is where something about a whole mapping or list is told: at its key.
func (at where) of(n *yamltree.Node) diag.Range {
	switch {
	case at.key != nil:
		return at.key.Range()
	case len(n.Entries) > 0:
		return n.Entries[0].Key.Range()
	}
	return n.Range()
}

func (w *schemaWalk) wrongKind(r *rule, n *yamltree.Node, at where) {
	kinds := r.admitted()
	want := kindWords(kinds)
	if n.Kind == yamltree.Null && n.Start == n.End {
		w.tell("wrong-type", at.of(n), fmt.Sprintf("%s has no value, it must be %s", at.subject(), want), emptyHint(kinds, at))
		return
	}
	if n.HasInterpolation() && kinds != setOf(yamltree.Mapping) && kinds != setOf(yamltree.Sequence) {
		w.tell("misplaced-interpolation", n.Range(), fmt.Sprintf("%s must be %s, and ${…} only makes strings", at.subject(), want), interpolationHint)
		return
	}
	w.tell("wrong-type", n.Range(), fmt.Sprintf("%s must be %s, found %s", at.subject(), want, found(n)), r.kindHint(kinds, n))
}

const interpolationHint = "write the value itself; the overlay of a stage can set another one"

func emptyHint(kinds kindSet, at where) string {
	switch {
	case at.key == nil:
		return ""
	case kinds&setOf(yamltree.String) != 0:
		return "give it a value, or take the key away"
	case kinds&setOf(yamltree.Mapping) != 0:
		return fmt.Sprintf("indent what belongs to it, write %s: {}, or take the key away", at.label)
	case kinds&setOf(yamltree.Sequence) != 0:
		return fmt.Sprintf("add items, write %s: [], or take the key away", at.label)
	}
	return "give it a value, or take the key away"
}

// kindWords says what may stand, without null: it may in overlays only.
func kindWords(kinds kindSet) string {
	var words []string
	for _, k := range []yamltree.Kind{yamltree.String, yamltree.Bool, yamltree.Int, yamltree.Float, yamltree.Mapping, yamltree.Sequence} {
		if kinds&setOf(k) == 0 || k == yamltree.Int && kinds&setOf(yamltree.Float) != 0 {
			continue
		}
		words = append(words, k.String())
	}
	return orWords(words)
}

func orWords(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

func found(n *yamltree.Node) string {
	switch n.Kind {
	case yamltree.String:
		return "the string " + quoted(n.Text)
	case yamltree.Int, yamltree.Float:
		return "the number " + n.Text
	case yamltree.Bool:
		return "the boolean " + n.Text
	}
	return n.Kind.String()
}

// quoted shortens what would fill the line.
func quoted(s string) string {
	const most = 60
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most]) + "…"
	}
	return strconv.Quote(s)
}

// kindHint says how to write what was probably meant.
func (r *rule) kindHint(kinds kindSet, n *yamltree.Node) string {
	wants := func(k ...yamltree.Kind) bool { return kinds&setOf(k...) != 0 }
	switch {
	case n.Kind == yamltree.Null && !wants(yamltree.String):
		return "give it a value, or take the key away"
	case n.Kind == yamltree.String && wants(yamltree.Bool):
		return booleanHint(n)
	case n.Kind == yamltree.String && wants(yamltree.Int, yamltree.Float):
		if _, err := strconv.Atoi(n.Text); err == nil {
			return "write " + n.Text + " without quotes"
		}
		if number := strings.TrimRight(n.Text, letters+" "); number != "" && strings.Trim(number, "0123456789") == "" {
			return "write a number without a unit"
		}
	case n.Kind == yamltree.Float && wants(yamltree.Int):
		if whole, ok := strings.CutSuffix(n.Text, ".0"); ok {
			return "write " + whole
		}
	case n.IsScalar() && n.Kind != yamltree.String && wants(yamltree.String) && !wants(yamltree.Mapping):
		if r.pattern != nil && !r.pattern().MatchString(n.Text) {
			return sentence(r.patternMessage)
		}
		return "quote it: '" + n.Text + "'"
	case n.IsScalar() && wants(yamltree.Sequence):
		return "write [" + n.Text + "]"
	case n.Kind == yamltree.String && wants(yamltree.Mapping):
		return r.entryHint(n)
	}
	return ""
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// entryHint says how the mapping is written that a text stands for.
func (r *rule) entryHint(n *yamltree.Node) string {
	if key, value, ok := strings.Cut(n.Text, ":"); ok && n.Plain && value != "" && value == strings.TrimSpace(value) && r.property(key) != nil {
		return fmt.Sprintf("write a space behind the colon: %s: %s", key, value)
	}
	if key, value, ok := strings.Cut(n.Text, " "); ok && n.Plain && r.property(key) != nil {
		return fmt.Sprintf("write a colon behind the key: %s: %s", key, strings.TrimSpace(value))
	}
	key, p := "handler", r.property("handler")
	if required := r.needs(); len(required) > 0 {
		key, p = required[0], r.property(required[0])
	}
	if p == nil || n.Text == "" || strings.Contains(n.Text, "\n") || !p.admitted().has(yamltree.String) {
		return ""
	}
	return fmt.Sprintf("write { %s: %s }", key, n.Text)
}

// property is the rule of a key, here or in a schema that this one refers to.
func (r *rule) property(key string) *rule {
	if p := r.properties[key]; p != nil {
		return p
	}
	for _, sub := range slices.Concat(r.all, r.oneOf) {
		if p := sub.property(key); p != nil {
			return p
		}
	}
	return nil
}

// needs are the required keys, here or in a schema that this one refers to.
func (r *rule) needs() []string {
	keys := slices.Clone(r.required)
	for _, sub := range r.all {
		keys = append(keys, sub.needs()...)
	}
	return keys
}

func booleanHint(n *yamltree.Node) string {
	switch strings.ToLower(n.Text) {
	case "true", "yes", "on", "y":
		return "write true"
	case "false", "no", "off", "n":
		return "write false"
	}
	return ""
}

func (w *schemaWalk) notInEnum(r *rule, n *yamltree.Node, at where) {
	if n.HasInterpolation() {
		w.tell("misplaced-interpolation", n.Range(),
			fmt.Sprintf("%s must be one of %s: ${…} cannot stand here", at.subject(), enumWords(r.enum)), interpolationHint)
		return
	}
	var texts []string
	for _, v := range r.enum {
		if s, ok := v.(string); ok {
			texts = append(texts, s)
		}
	}
	message := fmt.Sprintf("%s cannot be %s", at.subject(), valueWords(n))
	hint := diag.DidYouMean(n.Text, texts)
	if hint == "" {
		hint = "it must be " + enumWords(r.enum)
	}
	w.tell("invalid-value", n.Range(), message, hint)
}

// enumWords lists what may stand, without the null that overlays add.
func enumWords(values []any) string {
	var words []string
	for _, v := range values {
		if v != nil {
			words = append(words, fmt.Sprint(v))
		}
	}
	return orWords(words)
}

func valueWords(n *yamltree.Node) string {
	if n.Kind == yamltree.String {
		return quoted(n.Text)
	}
	if n.IsScalar() {
		return n.Text
	}
	return n.Kind.String()
}

func (w *schemaWalk) noMatch(r *rule, n *yamltree.Node, at where) {
	if code, faults := inDetail(r.location, n.Text); len(faults) > 0 {
		for _, f := range faults {
			w.tell(code, within(n, f.offset, f.length), f.message, f.hint)
		}
		return
	}
	w.tell("invalid-value", n.Range(), fmt.Sprintf("%s cannot be %s", at.subject(), quoted(n.Text)), sentence(r.patternMessage))
}

// inDetail is what the rules of meaning say of texts that they know better than
// a pattern does.
func inDetail(location, text string) (code string, faults []textFault) {
	key, ok := strings.CutPrefix(strings.Replace(location, "_overlay/", "/", 1), "/definitions/schedule/properties/")
	if !ok {
		return "", nil
	}
	switch key {
	case "rate":
		return "invalid-rate", checkRate(text)
	case "cron":
		return "invalid-cron", checkCron(text)
	case "at":
		return "invalid-at", checkAt(text)
	}
	return "", nil
}

// sentence puts a message of the schema, which editors show alone, behind
// another one.
func sentence(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if size == len(s) {
		return s
	}
	if next, _ := utf8.DecodeRuneInString(s[size:]); unicode.IsUpper(next) {
		return s
	}
	return string(unicode.ToLower(first)) + s[size:]
}

func (w *schemaWalk) notInterpolated(n *yamltree.Node, at where) {
	w.tell("misplaced-interpolation", n.Range(), fmt.Sprintf("%s is never interpolated: ${…} cannot stand here", at.subject()), "write the value itself")
}

func (w *schemaWalk) tooLong(r *rule, n *yamltree.Node, at where) {
	w.tell("out-of-range", n.Range(),
		fmt.Sprintf("%s has %d characters, at most %d are allowed", at.subject(), utf8.RuneCountInString(n.Text), r.maxLength), "")
}

func (w *schemaWalk) outOfRange(r *rule, n *yamltree.Node, at where) {
	v, _ := numberOf(n)
	bound, limit := "at least", r.minimum
	if v > r.maximum {
		bound, limit = "at most", r.maximum
	}
	w.tell("out-of-range", n.Range(), fmt.Sprintf("%s must be %s %.0f, found %s", at.subject(), bound, limit, n.Text), "")
}

func (w *schemaWalk) tooFew(n *yamltree.Node, at where) {
	w.tell("out-of-range", at.of(n), at.subject()+" must not be empty", "")
}

func (w *schemaWalk) tooMany(r *rule, n *yamltree.Node, at where) {
	w.tell("out-of-range", n.Items[r.maxItems].Range(),
		fmt.Sprintf("%s has %d items, at most %d are allowed", at.subject(), len(n.Items), r.maxItems), "")
}

func (w *schemaWalk) missing(r *rule, key string, n *yamltree.Node, at where) {
	hint := ""
	if p := r.properties[key]; p != nil && len(p.enum) == 1 {
		hint = fmt.Sprintf("write %s: %v", key, p.enum[0])
	}
	w.tell("missing-key", at.of(n), fmt.Sprintf("%s lacks the key %q", at.subject(), key), hint)
}

func (w *schemaWalk) noneOf(r *rule, n *yamltree.Node, at where) {
	w.tell("missing-key", at.of(n), fmt.Sprintf("%s lacks a key: %s", at.subject(), sentence(r.message)), "")
}

func (w *schemaWalk) unknownKey(r *rule, key, n *yamltree.Node, at where) {
	where := ""
	if at.label != "" {
		where = " in " + at.subject()
	}
	w.tell("unknown-key", key.Range(), fmt.Sprintf("unknown key %s%s", quoted(key.Text), where), r.unknownHint(key.Text, n))
}

func (r *rule) unknownHint(key string, n *yamltree.Node) string {
	if _, ok := compileSchema().root.properties[key]; ok {
		switch r.location {
		case "/definitions/include":
			return "an included file has none: it stands in the file that includes it"
		case "/definitions/overlay":
			return "it is the same in every stage: it stands at the top of the file"
		}
	}
	if below := r.holders(key); len(below) > 0 && len(below) <= maxHolders {
		return "it stands under " + orWords(below)
	}
	if _, serves := r.properties["function"]; serves && compileSchema().root.properties["defaults"].property(key) != nil {
		return "it is a setting of functions: it stands in defaults, or in functions under the name of the one that serves the route"
	}
	if near := r.nearest(key, n); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if len(r.keys) <= maxListed {
		return "known keys are " + strings.Join(r.keys, ", ")
	}
	return ""
}

// maxHolders is how many places of a key a hint names.
const maxHolders = 3

// holders are the keys whose values have a key.
func (r *rule) holders(key string) []string {
	var holders []string
	for _, k := range r.keys {
		if r.properties[k].property(key) != nil {
			holders = append(holders, k)
		}
	}
	return holders
}

// nearest is the key of a mapping that was probably meant. Of equally near ones
// it is one that the mapping lacks, or else one that begins alike.
func (r *rule) nearest(name string, n *yamltree.Node) string {
	first, _ := utf8.DecodeRuneInString(name)
	rank := func(key string) int {
		c, _ := utf8.DecodeRuneInString(key)
		switch {
		case slices.Contains(r.required, key) && n.Get(key) == nil:
			return 0
		case unicode.ToLower(c) == unicode.ToLower(first):
			return 1
		}
		return 2
	}
	keys := slices.Clone(r.keys)
	slices.SortStableFunc(keys, func(a, b string) int { return rank(a) - rank(b) })
	return diag.Nearest(name, keys)
}

// maxListed is how many keys a hint lists.
const maxListed = 12

func (w *schemaWalk) badName(r *rule, key *yamltree.Node, at where) {
	if strings.Contains(key.Text, "${") {
		w.tell("misplaced-interpolation", key.Range(), fmt.Sprintf("keys are never interpolated: ${…} cannot stand in a key of %s", at.subject()),
			"write the name itself")
		return
	}
	if at.label == "routes" && strings.HasPrefix(r.patternMessage, "A path") {
		if fault, ok := checkPath(key.Text); !ok {
			w.tell("invalid-path", within(key, fault.offset, fault.length), fault.message, fault.hint)
			return
		}
	}
	w.tell("invalid-name", key.Range(), fmt.Sprintf("%s cannot have the name %s", at.subject(), quoted(key.Text)), sentence(r.patternMessage))
}

// within is an interval of a scalar's text, as far as the scalar is written in
// one piece.
func within(n *yamltree.Node, offset, length int) diag.Range {
	r := n.Range()
	if length == 0 || r.Start.Line != r.End.Line {
		return r
	}
	quotes := 1
	if n.Plain {
		quotes = 0
	}
	if r.End.Column-r.Start.Column != utf8.RuneCountInString(n.Text)+2*quotes {
		return r // escapes
	}
	r.Start.Column += quotes + offset
	r.End.Column = r.Start.Column + length
	return r
}

// misplaced tells a key that only goes with another one.
func (w *schemaWalk) misplaced(of *rule, n *yamltree.Node, with string, branch, r *rule, key *yamltree.Node) {
	hint := branch.message
	if r.message != "" {
		hint = r.message
	}
	for _, kind := range of.alternatives() {
		if n.Get(kind) != nil && of.properties[kind] != nil && of.properties[kind].property(key.Text) != nil {
			hint = "put it under " + kind
		}
	}
	w.tell("misplaced-key", key.Range(), fmt.Sprintf("%q stands without %q", key.Text, with), sentence(hint))
}

// conflict tells two keys that exclude each other, at the later one.
func (w *schemaWalk) conflict(n *yamltree.Node, given string, r *rule, key *yamltree.Node) {
	other, _ := n.Entry(given)
	first, second := other.Key, key
	if first.File == second.File && second.Start.Compare(first.Start) < 0 {
		first, second = second, first
	}
	message := r.message
	if message == "" {
		if i := slices.IndexFunc(r.keys, func(k string) bool { return r.properties[k].message != "" }); i >= 0 {
			message = r.properties[r.keys[i]].message
		}
	}
	w.tell("exclusive-keys", second.Range(), fmt.Sprintf("%q stands beside %q", second.Text, first.Text), sentence(message)).
		WithRelatedRange(first.Range(), "the other one")
}
