package yamltree

import (
	"fmt"
	"slices"
	"strings"

	"github.com/chalicefile/chalicefile/loader/diag"
)

// builder collects the entries of a mapping on the parser's stack.
type builder struct {
	p      *parser
	node   *Node
	base   int
	index  map[string]int32
	merges []merge
}

// merge is one <<, which stands before the entry at index.
type merge struct {
	index int
	key   *Node
	value *Node
}

// key makes the node of a key from its token. ok is false where its entry is
// to be left out.
func (b *builder) key(t tok) (key *Node, ok bool) {
	p := b.p
	if t.bad != nil {
		p.told("yaml-syntax", p.f.span(t.bad.off, t.bad.off+t.bad.length), t.bad.why)
		return nil, false
	}
	key = p.node(String)
	key.style, key.Plain, key.Text = t.style, t.style == plainStyle, t.value
	key.Start, key.start, key.End, key.end = t.from, int32(t.start), t.to, int32(t.end)
	if !key.Plain {
		return key, true
	}
	if !p.plainStart(t) {
		return nil, false
	}
	if kind, _ := classify(t.value); kind != String {
		told(p.out, "yaml-key", p.rangeOf(t), "the key %s is %s, and keys are strings", t.value, kind).Hint =
			"quote it: " + quoted(t.value)
	}
	return key, true
}

// add takes an entry, unless its key is there already.
func (b *builder) add(key, value *Node) {
	p := b.p
	if key.Plain && key.Text == "<<" && p.cst == nil {
		for _, m := range b.merges {
			p.duplicate(key, m.key)
		}
		b.merges = append(b.merges, merge{len(p.entries) - b.base, key, value})
		return
	}
	if i := b.find(key.Text); i >= 0 {
		p.duplicate(key, p.entries[b.base+i].Key)
		b.node.Broken = true // what only the later one has is not missing
		return
	}
	p.entries = append(p.entries, Entry{key, value})
	n := len(p.entries) - b.base
	switch {
	case n < indexFrom:
	case b.index == nil:
		b.index = make(map[string]int32, 2*n)
		for i, e := range p.entries[b.base:] {
			b.index[e.Key.Text] = int32(i)
		}
	default:
		b.index[key.Text] = int32(n - 1)
	}
	b.node.dollar = b.node.dollar || value.dollar
	b.node.Broken = b.node.Broken || value.Broken
}

func (p *parser) duplicate(key, earlier *Node) {
	told(p.out, "duplicate-key", key.Range(), "the key %q stands twice in this mapping", key.Text).
		WithRelatedRange(earlier.Range(), "the first one").Hint = "remove one of them"
}

func (b *builder) find(key string) int {
	if b.index != nil {
		if i, ok := b.index[key]; ok {
			return int(i)
		}
		return -1
	}
	for i, e := range b.p.entries[b.base:] {
		if e.Key.Text == key {
			return i
		}
	}
	return -1
}

// done ends the mapping.
func (b *builder) done() {
	p, n := b.p, b.node
	n.Entries = slices.Clone(p.entries[b.base:])
	n.index = b.index
	p.entries = p.entries[:b.base]
	p.close(n)
	if len(b.merges) > 0 {
		b.resolveMerges()
	}
}

// resolveMerges puts the entries of merged mappings where the << stands; keys
// that the mapping has itself win, wherever they stand, and of several merged
// mappings the earlier.
func (b *builder) resolveMerges() {
	n := b.node
	own := n.Entries
	have := make(map[string]bool, len(own))
	for _, e := range own {
		have[e.Key.Text] = true
	}
	merged := make([]Entry, 0, len(own))
	at := 0
	for _, m := range b.merges {
		merged = append(merged, own[at:m.index]...)
		at = m.index
		for _, source := range b.mergeSources(m) {
			for _, e := range source.Entries {
				if !have[e.Key.Text] {
					have[e.Key.Text] = true
					merged = append(merged, e)
					n.dollar = n.dollar || e.Value.dollar
				}
			}
			n.Broken = n.Broken || source.Broken
		}
	}
	n.Entries = append(merged, own[at:]...)
	n.buildIndex()
}

func (b *builder) mergeSources(m merge) []*Node {
	sources := []*Node{m.value}
	if m.value.Kind == Sequence {
		sources = m.value.Items
	}
	for _, s := range sources {
		if s.Kind != Mapping {
			told(b.p.out, "yaml-merge", m.key.Range(), "<< merges mappings, and this is %s", s.Kind).Hint =
				"give it an alias of a mapping, or a list of such"
			b.node.Broken = true
			return nil
		}
	}
	return sources
}

// properties reads the anchor and the tag in front of a node.
func (p *parser) properties(n int, in parent) (pr props, ok bool) {
	for {
		t := p.cur
		if t.kind != tkAnchor && t.kind != tkTag || p.absent(n, in) {
			break
		}
		if pr.line == 0 {
			pr.line, pr.start, pr.from = t.from.Line, t.start, t.from
		}
		pr.line = t.from.Line
		switch {
		case t.kind == tkTag && pr.hasTag, t.kind == tkAnchor && pr.hasAnchor:
			p.fault("yaml-syntax", t, "a value has one anchor and one tag at most")
			return pr, false
		case t.kind == tkTag:
			pr.tag, pr.tagTok, pr.hasTag = t.value, t, true
		case t.value == "":
			p.fault("yaml-syntax", t, "an anchor needs a name").Hint = "quote the value if the & is meant as text"
			return pr, false
		default:
			pr.anchor, pr.anchorTok, pr.hasAnchor = t.value, t, true
			if p.open == nil {
				p.open = map[string]bool{}
			}
			p.open[t.value] = true
		}
		p.advance()
	}
	if pr.line > 0 && p.cur.kind == tkAlias && !p.absent(n, in) && p.cst == nil {
		p.fault("yaml-syntax", p.cur, "an alias has neither anchor nor tag of its own")
		return pr, false
	}
	return pr, true
}

// abandon forgets the anchor of a node that could not be read.
func (p *parser) abandon(pr props) {
	if pr.hasAnchor {
		delete(p.open, pr.anchor)
	}
}

// finish gives a node its properties.
func (p *parser) finish(n *Node, pr props) (*Node, bool) {
	if pr.line == 0 {
		return n, true
	}
	if p.cst != nil {
		p.cst.props[n] = pr
	}
	if pr.hasTag {
		p.tag(n, pr)
	}
	if pr.hasAnchor {
		delete(p.open, pr.anchor)
		if p.anchors == nil {
			p.anchors = map[string]*Node{}
			p.weights = map[*Node]weight{}
		}
		p.anchors[pr.anchor] = n
		p.weights[n] = p.weigh(n)
	}
	return n, true
}

// tag applies the tags of YAML's own types.
func (p *parser) tag(n *Node, pr props) {
	kind := map[string]Kind{
		"!!null": Null, "!!bool": Bool, "!!int": Int, "!!float": Float, "!!map": Mapping, "!!seq": Sequence,
	}
	switch want, known := kind[pr.tag]; {
	case (pr.tag == "!!str" || pr.tag == "!") && n.IsScalar():
		n.Kind = String
	case known && (n.Kind == want || want == Float && n.Kind == Int):
		n.Kind = want
	case known || pr.tag == "!!str":
		told(p.out, "yaml-unsupported", p.rangeOf(pr.tagTok), "the tag %s does not fit the value, which is %s", pr.tag, n.Kind).
			Hint = "remove the tag"
	default:
		told(p.out, "yaml-unsupported", p.rangeOf(pr.tagTok), "the tag %s has no meaning in a Chalicefile", pr.tag).
			Hint = "remove it, or quote the value if the ! is meant as text"
	}
}

// weight of a node: how many nodes it stands for, and how deep, aliases
// followed.
type weight struct{ nodes, depth int }

func (p *parser) weigh(n *Node) weight {
	if w, ok := p.weights[n]; ok {
		return w
	}
	w := weight{1 + len(n.Text)/64, 0}
	for _, e := range n.Entries {
		w.add(p.weigh(e.Value))
	}
	for _, i := range n.Items {
		w.add(p.weigh(i))
	}
	w.depth++
	return w
}

func (w *weight) add(v weight) {
	w.nodes = min(w.nodes+v.nodes, 2*maxExpand)
	w.depth = max(w.depth, v.depth)
}

// alias reads an alias, or text that only looks like one.
func (p *parser) alias(inFlow bool) (*Node, bool) {
	t := p.cur
	p.advance()
	if !p.valueEnds(t, inFlow) || t.value == "" {
		return p.starText(t, inFlow)
	}
	if p.cst != nil {
		n := p.node(String)
		n.style, n.Text = aliasStyle, t.value
		n.Start, n.End, n.start, n.end = t.from, t.to, int32(t.start), int32(t.end)
		return n, true
	}
	if p.open[t.value] {
		p.fault("yaml-alias", t, fmt.Sprintf("the alias *%s stands inside of the value that it means", t.value)).Hint =
			"write the value out"
		return nil, false
	}
	n, ok := p.anchors[t.value]
	if !ok {
		return p.starText(t, inFlow)
	}
	w := p.weights[n]
	if p.weight += w.nodes; p.weight > maxExpand || p.depth+w.depth > maxDepth {
		p.fault("yaml-alias-bomb", t, fmt.Sprintf(
			"the aliases of this file stand for more than %d values, or nest them more than %d levels deep", maxExpand, maxDepth)).
			Hint = "write fewer aliases of values that hold aliases"
		p.stop()
		return nil, false
	}
	return n, true
}

// valueEnds says that nothing belongs to the same value after token t.
func (p *parser) valueEnds(t tok, inFlow bool) bool {
	switch p.cur.kind {
	case tkEnd:
		return true
	case tkComma, tkCloseSeq, tkCloseMap, tkColon:
		if inFlow {
			return true
		}
	}
	return p.cur.from.Line > t.from.Line
}

// starText tells that a plain scalar cannot start with a star, or an alias that
// is unknown, and takes it as the string that it was probably meant to be.
func (p *parser) starText(t tok, inFlow bool) (*Node, bool) {
	last := t
	for !p.valueEnds(t, inFlow) {
		if p.cur.kind == tkInvalid {
			p.starFault(t, lineEnd(p.src, t.start), false)
			return nil, false
		}
		last = p.cur
		p.advance()
	}
	n := p.node(String)
	n.Start, n.End, n.start, n.end = t.from, last.to, int32(t.start), int32(last.end)
	n.Text = p.src[t.start:last.end]
	p.starFault(t, last.end, last.end == t.end)
	return n, true
}

// starFault tells it. An alias is alone: a name of an anchor that is not there.
func (p *parser) starFault(t tok, end int, alone bool) {
	text := p.src[t.start:end]
	r := p.f.span(t.start, end)
	if !alone || strings.ContainsAny(t.value, "*/?") || t.value == "" {
		told(p.out, "yaml-alias", r, "a value cannot start with * without quotes").Hint = "quote it: " + quoted(text)
		p.errLine = t.from.Line
		return
	}
	var names []string
	for name := range p.anchors {
		names = append(names, name)
	}
	slices.Sort(names)
	f := told(p.out, "yaml-alias", r, "there is no anchor &%s above", t.value)
	f.Hint = "quote it if the * is meant as text: " + quoted(text)
	if near := diag.Nearest(t.value, names); near != "" {
		f.Hint = fmt.Sprintf("did you mean *%s?", near)
	}
	p.errLine = t.from.Line
}
