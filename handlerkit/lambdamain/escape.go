package lambdamain

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

const (
	lows    = 0x0101010101010101
	highs   = 0x8080808080808080
	quotes  = '"' * lows
	slashes = '\\' * lows
	blanks  = ' ' * lows
)

// special has the high bit of each byte of w set that does not stand for itself
// in a JSON string, or is not ASCII. Bits above the first may be wrong, the
// first never is.
func special(w uint64) uint64 {
	return (((w^quotes)-lows)|((w^slashes)-lows)|(w-blanks))&^w&highs | w&highs
}

// appendText appends text as the inside of a JSON string. Markup and letters
// stay as they are, U+2028 and U+2029 are escaped, and what is no UTF-8 becomes
// U+FFFD.
func appendText(out, text []byte) []byte {
	i := 0
	for i+8 <= len(text) {
		n := len(out)
		if cap(out)-n < 16 {
			out = slices.Grow(out, 64+len(text)-i+(len(text)-i)/4)
		}
		// A word is copied whole; what does not stand for itself is written over.
		w := binary.LittleEndian.Uint64(text[i:])
		binary.LittleEndian.PutUint64(out[n:n+8], w)
		m := special(w)
		if m == 0 {
			out = out[:n+8]
			i += 8
			continue
		}
		plain := bits.TrailingZeros64(m) >> 3
		i += plain
		n += plain
		if c := text[i]; c == '"' || c == '\\' {
			out = out[:n+2]
			out[n], out[n+1] = '\\', c
			i++
			continue
		}
		out, i = appendSpecial(out[:n], text, i)
	}
	for i < len(text) {
		if c := text[i]; c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' {
			out = append(out, c)
			i++
			continue
		}
		out, i = appendSpecial(out, text, i)
	}
	return out
}

// appendString is appendText for a string.
func appendString(out []byte, text string) []byte { return appendText(out, []byte(text)) }

// appendSpecial appends the character at i and returns the position behind it.
func appendSpecial(out, text []byte, i int) ([]byte, int) {
	c := text[i]
	if c < utf8.RuneSelf {
		return appendEscape(out, c), i + 1
	}
	r, n := utf8.DecodeRune(text[i:])
	switch {
	case r == utf8.RuneError && n == 1:
		return append(out, `\ufffd`...), i + 1
	case r == 0x2028 || r == 0x2029:
		return append(out, '\\', 'u', '2', '0', '2', hexDigits[r&0xf]), i + n
	}
	return append(out, text[i:i+n]...), i + n
}

func appendEscape(out []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(out, '\\', c)
	case '\b':
		return append(out, '\\', 'b')
	case '\f':
		return append(out, '\\', 'f')
	case '\n':
		return append(out, '\\', 'n')
	case '\r':
		return append(out, '\\', 'r')
	case '\t':
		return append(out, '\\', 't')
	}
	return append(out, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xf])
}

// appendQuoted appends text as a JSON string.
func appendQuoted(out []byte, text string) []byte {
	out = append(out, '"')
	out = appendString(out, text)
	return append(out, '"')
}
