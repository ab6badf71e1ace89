package apievent

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
)

// maxDepth is how deep an event may nest: the limit of encoding/json.
const maxDepth = 10000

var errDepth = errors.New("the event nests too deep")

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
	for i < len(c.b) && c.b[i] <= ' ' {
		switch c.b[i] {
		case ' ', '\t', '\n', '\r':
			i++
		default:
			return i
		}
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
	q, s := w^quotes, w^slashes
	return ((q-lows)&^q | (s-lows)&^s | (w-blanks)&^w) & highs
}

// plain returns the position of the first quote, backslash or control
// character at or after i, or len(b).
func plain(b []byte, i int) int {
	for ; i+8 <= len(b); i += 8 {
		if m := stops(binary.LittleEndian.Uint64(b[i:])); m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
	}
	for ; i < len(b); i++ {
		if b[i] == '"' || b[i] == '\\' || b[i] < ' ' {
			return i
		}
	}
	return i
}

// str skips a string whose opening quote is at i and returns the position
// behind its closing quote, or -1-position of the fault.
func (c cursor) str(i int) int {
	i = plain(c.b, i+1)
	for i < len(c.b) {
		switch c.b[i] {
		case '"':
			return i + 1
		case '\\':
			n := escape(c.b[i:])
			if n == 0 {
				return -1 - i
			}
			i += n
			// Escapes come in flocks: look at the next byte before a whole word.
			if i < len(c.b) && c.b[i] != '\\' && c.b[i] != '"' {
				i = plain(c.b, i)
			}
		default:
			return -1 - i
		}
	}
	return -1 - i
}

// escape returns the length of the escape that b starts with, 0 when it is none.
func escape(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(b) >= 6 && hex(b[2]) >= 0 && hex(b[3]) >= 0 && hex(b[4]) >= 0 && hex(b[5]) >= 0 {
			return 6
		}
	}
	return 0
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
	if depth > maxDepth {
		return -1 - i
	}
	i = c.space(i + 1)
	if i < len(c.b) && c.b[i] == '}' {
		return i + 1
	}
	for {
		if i >= len(c.b) || c.b[i] != '"' {
			return -1 - i
		}
		if i = c.str(i); i < 0 {
			return i
		}
		if i = c.space(i); i >= len(c.b) || c.b[i] != ':' {
			return -1 - i
		}
		if i = c.value(c.space(i+1), depth); i < 0 {
			return i
		}
		i = c.space(i)
		switch {
		case i >= len(c.b):
			return -1 - i
		case c.b[i] == ',':
			i = c.space(i + 1)
		case c.b[i] == '}':
			return i + 1
		default:
			return -1 - i
		}
	}
}

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
