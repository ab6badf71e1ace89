package yamltree

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/chalicefile/chalicefile/loader/diag"
)

// Format lays a file out in the one canonical way: two blanks of indentation,
// lists indented below their key, one blank line at most, brackets on one line
// or none at all, comments at the end of neighbouring lines aligned. The order
// of keys and the way in which scalars are quoted stay. Comments stay. A file
// with errors comes back as it is, with the findings.
func Format(name string, src []byte) ([]byte, diag.List) {
	var out diag.List
	f, ok := newFile(name, src, &out)
	if !ok {
		return src, out
	}
	before := parseFile(f, &out)
	if out.HasErrors() || before == nil {
		out.Sort()
		return src, out
	}
	laid, comments := layOut(f)
	if !keeps(before, comments, laid) {
		at := diag.Pos{Line: 1, Column: 1}
		var refused diag.List
		told(&refused, "format-refused", diag.Range{File: f.Name, Start: at, End: at},
			"the file cannot be laid out without changing what it means").Hint = "write its unusual parts in a simpler way"
		return src, refused
	}
	return laid, diag.List{}
}

// keeps says that a file means the same as before and has the same comments.
// It is the reason why Format cannot do harm.
func keeps(before *Node, comments []comment, laid []byte) bool {
	var out diag.List
	f, ok := newFile("", laid, &out)
	if !ok {
		return false
	}
	after := parseFile(f, &out)
	if out.HasErrors() || !same(before, after) {
		return false
	}
	_, again := layOut(f)
	return slices.EqualFunc(comments, again, func(a, b comment) bool { return a.text == b.text })
}

// same says that two trees mean the same.
func same(a, b *Node) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Kind == b.Kind && (a.Kind == Null || a.Text == b.Text) &&
		slices.EqualFunc(a.Items, b.Items, same) &&
		slices.EqualFunc(a.Entries, b.Entries, func(x, y Entry) bool {
			return x.Key.Text == y.Key.Text && same(x.Value, y.Value)
		})
}

// layOut formats a file that has no errors.
func layOut(f *File) ([]byte, []comment) {
	var out diag.List
	p := newParser(f, &out)
	p.keep, p.cst = true, &cst{props: map[*Node]props{}, dashes: map[*Node]tok{}}
	root := p.document()
	l := layout{src: f.text, props: p.cst.props, dashes: p.cst.dashes, comments: p.comments}
	if p.marker.kind == tkDocument {
		l.flush(p.marker.start, 0)
		l.line("---", p.marker.from.Line)
		l.trailing(p.marker.from.Line)
	}
	if root != nil {
		l.own(root, 0, -1, -1, len(f.text))
	}
	l.flush(len(f.text), 0)
	return l.bytes(), l.comments
}

// layout collects the lines of a formatted file.
type layout struct {
	src      string
	props    map[*Node]props
	dashes   map[*Node]tok
	comments []comment
	next     int // first comment that is not laid out
	lines    []outLine
	lead     string // stands for the indentation of the next line: "- "
	last     int    // line of the source that was laid out last
	tight    bool   // no blank line before the next one
}

type outLine struct {
	text, comment string
}

// line adds a line that stands at a line of the source.
func (l *layout) line(text string, at int) {
	if len(l.lines) > 0 && at > l.last+1 && !l.tight && l.lead == "" {
		l.lines = append(l.lines, outLine{})
	}
	l.lines = append(l.lines, outLine{text: text})
	l.last, l.tight = at, false
}

// indented is text behind the indentation, or behind the dashes that a list
// entry put there.
func (l *layout) indented(indent int, text string) string {
	if l.lead != "" {
		text, l.lead = l.lead+text, ""
		return text
	}
	return strings.Repeat(" ", indent) + text
}

// pending says that a comment stands before an offset.
func (l *layout) pending(before int) bool {
	return l.next < len(l.comments) && l.comments[l.next].start < before
}

// flush lays out the comments before an offset, on lines of their own.
func (l *layout) flush(before, indent int) {
	for l.pending(before) {
		c := l.comments[l.next]
		l.next++
		l.line(strings.Repeat(" ", indent)+c.text, c.line)
	}
}

// flushInner lays out the comments at the end of a collection: those that are
// indented like its entries.
func (l *layout) flushInner(col, parentCol, limit, indent int) {
	for l.pending(limit) {
		c := l.comments[l.next]
		if !c.first || c.col < col || c.col <= parentCol {
			return
		}
		l.next++
		l.line(strings.Repeat(" ", indent)+c.text, c.line)
	}
}

// trailing puts the comment at the end of a line of the source at the end of
// the last line.
func (l *layout) trailing(line int) {
	end := &l.lines[len(l.lines)-1]
	own := end.comment != "" || strings.HasPrefix(strings.TrimLeft(end.text, " "), "#")
	if l.next < len(l.comments) && l.comments[l.next].line == line && !l.comments[l.next].first && !own {
		end.comment = l.comments[l.next].text
		l.next++
	}
}

// own lays out a node on lines of its own. parent is the indentation of the key
// or dash it belongs to (-1 for the root), col the column of that in the
// source, limit where what follows the node starts.
func (l *layout) own(n *Node, indent, parent, col, limit int) {
	switch {
	case n.Kind == Mapping && l.asBlock(n):
		l.mapping(n, indent, col, limit)
	case n.Kind == Sequence && l.asBlock(n):
		l.sequence(n, indent, col, limit)
	default:
		l.leaf(l.indented(indent, ""), n, max(parent, 0), n.Start.Line)
	}
}

// asBlock says that a collection is laid out without brackets: it is not
// empty, and spans lines.
func (l *layout) asBlock(n *Node) bool {
	if n.style != flowStyle {
		return true
	}
	return n.Start.Line != n.End.Line && len(n.Entries)+len(n.Items) > 0
}

// leaf lays out a node whose first line starts with a prefix, which stands at a
// line of the source.
func (l *layout) leaf(prefix string, n *Node, parent, line int) {
	if n.style == literalStyle || n.style == foldedStyle {
		l.block(prefix, n, parent, line)
		return
	}
	parts := []string{l.flat(n)}
	if n.IsScalar() {
		parts = l.scalarLines(n)
	}
	l.line(strings.TrimRight(prefix+parts[0], " "), line)
	for _, part := range parts[1:] {
		if part != "" {
			part = strings.Repeat(" ", parent+2) + part
		}
		l.lines = append(l.lines, outLine{text: part})
	}
	l.last = n.End.Line
	l.trailing(n.End.Line)
}

// scalarLines are the lines of a plain or quoted scalar without their
// indentation.
func (l *layout) scalarLines(n *Node) []string {
	if n.style == aliasStyle {
		return []string{"*" + n.Text}
	}
	lines := strings.Split(l.src[n.start:n.end], "\n")
	for i := range lines {
		if i > 0 {
			lines[i] = strings.TrimLeft(lines[i], " \t")
		}
		trimmed := strings.TrimRight(lines[i], " \t")
		if n.style != doubleStyle || !strings.HasSuffix(trimmed, `\`) {
			lines[i] = trimmed
		}
	}
	return lines
}

// block lays out a literal or folded scalar.
func (l *layout) block(prefix string, n *Node, parent, line int) {
	h, next := blockHeader(l.src, int(n.start))
	header := l.src[n.start : n.start+1]
	if h.indent > 0 {
		header += "2"
	}
	if h.chomp != 0 {
		header += string(h.chomp)
	}
	l.line(prefix+header, line)
	l.trailing(n.Start.Line)
	end, last := blockEnd(l.src, next, int(n.blockIndent))
	if h.chomp != '+' {
		end = min(end, last+1)
	}
	if last == next && h.chomp != '+' {
		end = next
	}
	for off := next; off < end; {
		eol := off + strings.IndexByte(l.src[off:], '\n')
		text := l.src[off:eol]
		spaces := len(text) - len(strings.TrimLeft(text, " "))
		text = text[min(spaces, int(n.blockIndent)):]
		if text != "" {
			text = strings.Repeat(" ", parent+2) + text
		}
		l.lines = append(l.lines, outLine{text: text})
		off = eol + 1
	}
	l.last = n.Start.Line + strings.Count(l.src[n.start:end], "\n") - 1
	if end == next {
		l.last = n.Start.Line
	}
}

// mapping lays out the entries of a mapping.
func (l *layout) mapping(n *Node, indent, parentCol, limit int) {
	limit = l.inside(n, limit)
	for i, e := range n.Entries {
		following := limit
		if i+1 < len(n.Entries) {
			following = int(n.Entries[i+1].Key.start)
		}
		l.flush(int(e.Key.start), indent)
		prefix := l.indented(indent, l.src[e.Key.start:e.Key.end]+":")
		l.value(prefix, e.Value, entryPlace{indent, l.column(e.Key), e.Key.Start.Line, following, false})
	}
	l.end(n, indent, parentCol, limit)
}

// sequence lays out the items of a sequence.
func (l *layout) sequence(n *Node, indent, parentCol, limit int) {
	limit = l.inside(n, limit)
	for i, item := range n.Items {
		following := limit
		if i+1 < len(n.Items) {
			following = l.startOf(n.Items[i+1])
			if dash, ok := l.dashes[n.Items[i+1]]; ok {
				following = dash.start
			}
		}
		start, line := l.startOf(item), item.Start.Line
		if dash, ok := l.dashes[item]; ok {
			start, line = dash.start, dash.from.Line
		}
		l.flush(start, indent)
		l.value(l.indented(indent, "-"), item, entryPlace{indent, l.column(n), line, following, true})
	}
	l.end(n, indent, parentCol, limit)
}

// entryPlace is where an entry of a collection stands.
type entryPlace struct {
	indent    int // of its key or dash, as laid out
	col       int // the same in the source
	line      int // of the key or dash in the source
	following int // offset of what follows it
	dash      bool
}

// value lays out the value of an entry behind its key or dash.
func (l *layout) value(prefix string, n *Node, at entryPlace) {
	pr, has := l.props[n]
	switch {
	case has && l.pending(pr.start):
		l.line(prefix, at.line)
		l.trailing(at.line)
		l.tight = true
		l.flush(pr.start, at.indent+2)
		prefix, at.line = strings.Repeat(" ", at.indent+2)+propsText(pr), pr.from.Line
	case has:
		prefix += " " + propsText(pr)
	}
	if n.IsScalar() && n.Start == n.End {
		l.line(prefix, at.line)
		l.last = n.End.Line
		l.trailing(n.End.Line)
		return
	}
	block := !n.IsScalar() && l.asBlock(n)
	if block && at.dash && !has && !l.pending(l.firstOf(n)) {
		l.lead = prefix + " "
		l.own(n, at.indent+2, at.indent, at.col, at.following)
		return
	}
	if block || l.pending(int(n.start)) {
		line := at.line
		if has {
			line = pr.line
		}
		l.line(prefix, at.line)
		l.last = line
		l.trailing(line)
		if l.brace(n) && block && n.Start.Line != line {
			l.trailing(n.Start.Line)
		}
		l.tight = true
		l.flush(l.startOf(n), at.indent+2)
		l.own(n, at.indent+2, at.indent, at.col, at.following)
		return
	}
	l.leaf(prefix+" ", n, at.indent, at.line)
}

// brace says that a collection starts with a bracket in the source.
func (l *layout) brace(n *Node) bool {
	return n.style == flowStyle && strings.IndexByte("[{", l.src[n.start]) >= 0
}

func propsText(pr props) string {
	anchor, tag := "", pr.tag
	if pr.hasAnchor {
		anchor = "&" + pr.anchor
	}
	if pr.hasAnchor && pr.hasTag {
		return anchor + " " + tag
	}
	return anchor + tag
}

// inside is where the entries of a collection end: at its bracket, or at limit.
func (l *layout) inside(n *Node, limit int) int {
	if l.brace(n) {
		return int(n.end) - 1
	}
	return limit
}

// end lays out the comments behind the last entry of a collection.
func (l *layout) end(n *Node, indent, parentCol, limit int) {
	if l.brace(n) {
		l.flush(limit, indent)
		l.last = n.End.Line
		l.trailing(n.End.Line)
		return
	}
	l.flushInner(l.column(n), parentCol, limit, indent)
}

// column of a node in the source, in bytes from 0.
func (l *layout) column(n *Node) int {
	return int(n.start) - strings.LastIndexByte(l.src[:n.start], '\n') - 1
}

// startOf is where a node with its properties starts.
func (l *layout) startOf(n *Node) int {
	if pr, ok := l.props[n]; ok {
		return pr.start
	}
	return int(n.start)
}

// firstOf is where the first entry of a collection starts.
func (l *layout) firstOf(n *Node) int {
	if n.Kind == Mapping {
		return int(n.Entries[0].Key.start)
	}
	if dash, ok := l.dashes[n.Items[0]]; ok {
		return dash.start
	}
	return l.startOf(n.Items[0])
}

// flat is a node on one line.
func (l *layout) flat(n *Node) string {
	var b strings.Builder
	l.flatTo(&b, n)
	return b.String()
}

func (l *layout) flatTo(b *strings.Builder, n *Node) {
	switch {
	case n.style == aliasStyle:
		b.WriteString("*" + n.Text)
	case n.IsScalar():
		b.WriteString(l.src[n.start:n.end])
	case n.Kind == Sequence:
		b.WriteByte('[')
		for i, item := range n.Items {
			if i > 0 {
				b.WriteString(", ")
			}
			l.flatProps(b, item)
			l.flatTo(b, item)
		}
		b.WriteByte(']')
	case len(n.Entries) == 0:
		b.WriteString("{}")
	case !l.brace(n):
		l.flatEntries(b, n)
	default:
		b.WriteString("{ ")
		l.flatEntries(b, n)
		b.WriteString(" }")
	}
}

func (l *layout) flatProps(b *strings.Builder, n *Node) {
	if pr, ok := l.props[n]; ok {
		b.WriteString(propsText(pr) + " ")
	}
}

func (l *layout) flatEntries(b *strings.Builder, n *Node) {
	for i, e := range n.Entries {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(l.src[e.Key.start:e.Key.end])
		_, has := l.props[e.Value]
		switch {
		case e.Value.Kind == Null && e.Value.Start == e.Value.End && !has:
			if e.Value.start > e.Key.end {
				b.WriteString(": null")
			}
		default:
			b.WriteString(": ")
			l.flatProps(b, e.Value)
			l.flatTo(b, e.Value)
		}
	}
}

// bytes joins the lines and aligns the comments at the end of neighbouring
// ones.
func (l *layout) bytes() []byte {
	var b strings.Builder
	for i := 0; i < len(l.lines); {
		j, width := i, 0
		for ; j < len(l.lines) && l.lines[j].comment != ""; j++ {
			width = max(width, utf8.RuneCountInString(l.lines[j].text))
		}
		for ; i < j; i++ {
			line := l.lines[i]
			pad := width - utf8.RuneCountInString(line.text) + 2
			b.WriteString(line.text + strings.Repeat(" ", pad) + line.comment + "\n")
		}
		if i < len(l.lines) {
			b.WriteString(l.lines[i].text + "\n")
			i++
		}
	}
	return []byte(b.String())
}
