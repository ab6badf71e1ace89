package apievent

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
)

// maxDepth is how deep an event may nest: the limit of encoding/json.
const maxDepth = 10000

// cursor walks over JSON text and checks it on the way. Its methods take and
// return positions, so that these stay in registers.
type cursor struct{ b []byte }

// fault says that the text is no JSON at position i.
func (c cursor) fault(i int) error {
	if i >= len(c.b) {
		return fmt.Errorf("the event is no JSON: it ends at byte %d in the midst of a value", len(c.b))
	}
	return fmt.Errorf("the event is no JSON: unexpected %q at byte %d", c.b[i], i)
}

// space skips white space from i on.
func (c cursor) space(i int) int {
	if i < len(c.b) && c.b[i] > ' ' {
		return i
	}
	return c.spaces(i)
}

func (c cursor) spaces(i int) int {
	for i < len(c.b) && (c.b[i] == ' ' || c.b[i] == '\t' || c.b[i] == '\n' || c.b[i] == '\r') {
		i++
	}
	return i
}

const (
	lows    = 0x0101010101010101
	highs   = 0x8080808080808080
	quotes  = '"' * lows
	slashes = '\\' * lows
	blanks  = ' ' * lows
)

// stops has the high bit of each byte of w set that ends the plain run of a
// string: a quote, a backslash or a control character. Bits above the first
// may be wrong, the first never is.
func stops(w uint64) uint64 {
	return (((w ^ quotes) - lows) | ((w ^ slashes) - lows) | (w - blanks)) &^ w & highs
}

// str skips a string whose opening quote is at i and returns the position
// behind its closing quote, or -1-position of the fault. Whether an escape is
// one that JSON has shows when the string is decoded.
func (c cursor) str(i int) int {
	b := c.b
	i++
	for i+8 <= len(b) {
		m := stops(binary.LittleEndian.Uint64(b[i:]))
		if m == 0 {
			i += 8
			continue
		}
		i += bits.TrailingZeros64(m) >> 3
		switch b[i] {
		case '"':
			return i + 1
		case '\\':
			return c.escaped(i)
		}
		return -1 - i
	}
	return c.strEnd(i)
}

// escaped is str from the first backslash on. Strings with one mostly have many
// (JSON within JSON): whole words are looked at, however many are in them.
func (c cursor) escaped(i int) int {
	b := c.b
	carry := uint64(0) // the high bit of the first byte, when a backslash precedes
	for i+8 <= len(b) {
		w := binary.LittleEndian.Uint64(b[i:])
		slash := zeros(w ^ slashes)
		behind := slash<<8 | carry
		if slash&behind != 0 || (w-blanks)&^w&highs != 0 {
			// A backslash behind another, or perhaps a control character: byte by
			// byte, and from the backslash that precedes.
			if carry != 0 {
				i--
			}
			var done bool
			if i, done = c.strUntil(i, i+8); done {
				return i
			}
			carry = 0
			continue
		}
		if quote := zeros(w^quotes) &^ behind; quote != 0 {
			return i + bits.TrailingZeros64(quote)>>3 + 1
		}
		carry = slash >> 56
		i += 8
	}
	if carry != 0 {
		i--
	}
	return c.strEnd(i)
}

// strEnd is str within the last bytes of the text.
func (c cursor) strEnd(i int) int {
	if i, done := c.strUntil(i, len(c.b)); done {
		return i
	}
	return -1 - len(c.b)
}

// strUntil goes byte by byte from i to end, or one byte further when an escape
// begins before it. It is done where the string ends or has a fault.
func (c cursor) strUntil(i, end int) (next int, done bool) {
	for ; i < end && i < len(c.b); i++ {
		switch ch := c.b[i]; {
		case ch == '"':
			return i + 1, true
		case ch < ' ':
			return -1 - i, true
		case ch == '\\':
			i++
		}
	}
	return i, false
}

// zeros has the high bit of exactly those bytes of x set that are zero.
func zeros(x uint64) uint64 {
	const low7 = highs - lows // 0x7f in each byte
	return ^(((x & low7) + low7) | x | low7)
}

func hex(c byte) rune {
	switch {
	case '0' <= c && c <= '9':
		return rune(c - '0')
	case 'a' <= c && c <= 'f':
		return rune(c - 'a' + 10)
	case 'A' <= c && c <= 'F':
		return rune(c - 'A' + 10)
	}
	return -1
}

// value skips the value that starts at i (no white space before it) and
// returns the position behind it, or -1-position of the fault.
func (c cursor) value(i, depth int) int {
	if i >= len(c.b) {
		return -1 - i
	}
	switch ch := c.b[i]; ch {
	case '"':
		return c.str(i)
	case '{':
		return c.object(i, depth+1)
	case '[':
		return c.array(i, depth+1)
	case 't':
		return c.literal(i, "true")
	case 'f':
		return c.literal(i, "false")
	case 'n':
		return c.literal(i, "null")
	default:
		return c.number(i)
	}
}

func (c cursor) literal(i int, word string) int {
	if len(c.b)-i >= len(word) && string(c.b[i:i+len(word)]) == word {
		return i + len(word)
	}
	return -1 - i
}

func (c cursor) number(i int) int {
	if i < len(c.b) && c.b[i] == '-' {
		i++
	}
	switch {
	case i < len(c.b) && c.b[i] == '0':
		i++
	case i < len(c.b) && '1' <= c.b[i] && c.b[i] <= '9':
		i = c.digits(i)
	default:
		return -1 - i
	}
	if i < len(c.b) && c.b[i] == '.' {
		from := i + 1
		if i = c.digits(from); i == from {
			return -1 - i
		}
	}
	if i < len(c.b) && (c.b[i] == 'e' || c.b[i] == 'E') {
		i++
		if i < len(c.b) && (c.b[i] == '+' || c.b[i] == '-') {
			i++
		}
		from := i
		if i = c.digits(from); i == from {
			return -1 - i
		}
	}
	return i
}

func (c cursor) digits(i int) int {
	for i < len(c.b) && '0' <= c.b[i] && c.b[i] <= '9' {
		i++
	}
	return i
}

// object skips the object whose brace is at i.
func (c cursor) object(i, depth int) int {
	b := c.b
	if depth > maxDepth {
		return -1 - i
	}
	i = c.space(i + 1)
	if i < len(b) && b[i] == '}' {
		return i + 1
	}
	for {
		if i >= len(b) || b[i] != '"' {
			return -1 - i
		}
		if i = c.str(i); i < 0 {
			return i
		}
		if i = c.space(i); i >= len(b) || b[i] != ':' {
			return -1 - i
		}
		if i = c.space(i + 1); i < len(b) && b[i] == '"' {
			i = c.str(i)
		} else {
			i = c.value(i, depth)
		}
		if i < 0 {
			return i
		}
		if i = c.space(i); i >= len(b) {
			return -1 - i
		}
		switch b[i] {
		case ',':
			i = c.space(i + 1)
		case '}':
			return i + 1
		default:
			return -1 - i
		}
	}
}

// skip is value without a check of what is inside an object: it looks for the
// closing brace alone, by the vectorized searches of package bytes. Who reads
// the object later must be ready for anything.
func (c cursor) skip(i int) int {
	if i < len(c.b) && c.b[i] == '{' {
		if end := c.closing(i); end > 0 {
			return end
		}
	}
	return c.value(i, 1)
}

// closing returns the position behind the brace that closes the one at i, or 0
// where the text has backslashes, so that counting quotes does not tell what is
// a string, or no such brace.
func (c cursor) closing(i int) int {
	inString := false
	for depth, i := 1, i+1; ; {
		n := bytes.IndexByte(c.b[i:], '}')
		if n < 0 {
			return 0
		}
		chunk := c.b[i : i+n]
		if bytes.IndexByte(chunk, '\\') >= 0 {
			return 0
		}
		for {
			open := bytes.IndexByte(chunk, '{')
			if open < 0 {
				break
			}
			if odd(chunk[:open]) {
				inString = !inString
			}
			if !inString {
				depth++
			}
			chunk = chunk[open+1:]
		}
		if odd(chunk) {
			inString = !inString
		}
		i += n + 1
		if !inString {
			if depth--; depth == 0 {
				return i
			}
		}
	}
}

// odd says that b has an odd number of quotes.
func odd(b []byte) bool { return bytes.Count(b, quote)&1 == 1 }

var quote = []byte{'"'}

// array skips the array whose bracket is at i.
func (c cursor) array(i, depth int) int {
	if depth > maxDepth {
		return -1 - i
	}
	i = c.space(i + 1)
	if i < len(c.b) && c.b[i] == ']' {
		return i + 1
	}
	for {
		if i = c.value(i, depth); i < 0 {
			return i
		}
		i = c.space(i)
		switch {
		case i >= len(c.b):
			return -1 - i
		case c.b[i] == ',':
			i = c.space(i + 1)
		case c.b[i] == ']':
			return i + 1
		default:
			return -1 - i
		}
	}
}
