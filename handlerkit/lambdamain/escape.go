package lambdamain

import (
	"encoding/binary"
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

// appendText appends text as the inside of a JSON string. Markup and letters
// stay as they are, U+2028 and U+2029 are escaped, and what is no UTF-8 becomes
// U+FFFD.
func appendText(out, text []byte) []byte {
	for i := 0; i < len(text); {
		if cap(out)-len(out) < 16 {
			out = slices.Grow(out, 64+len(text)-i+(len(text)-i)/4)
		}
		n, used := escapeWords(out[len(out):cap(out)], text[i:])
		out = out[:len(out)+n]
		if i += used; len(text)-i < 8 {
			return appendTail(out, text[i:])
		}
		if cap(out)-len(out) >= 16 { // else it was room that lacked
			out, i = appendSpecial(out, text, i)
		}
	}
	return out
}

// appendTail is appendText for less than a word.
func appendTail(out, text []byte) []byte {
	for i := 0; i < len(text); {
		if c := text[i]; c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' {
			out = append(out, c)
			i++
			continue
		}
		out, i = appendSpecial(out, text, i)
	}
	return out
}

// escapeWords escapes quotes and backslashes of text into dst, eight characters
// at a time, for as long as there is room for twice that and they are ASCII
// without control characters. It returns how many bytes it wrote and used; what
// follows in dst may be written over. An answer in JSON has a quote in most
// words, at places that nobody can predict, so that branches are dear here.
func escapeWords(dst, text []byte) (n, i int) {
	for n+16 <= len(dst) && i+8 <= len(text) {
		w := binary.LittleEndian.Uint64(text[i:])
		if (w|(w-blanks))&highs != 0 {
			break
		}
		o := (*[16]byte)(dst[n:])
		if (((w^quotes)-lows)|((w^slashes)-lows))&highs == 0 {
			binary.LittleEndian.PutUint64(o[:], w)
			n += 8
			i += 8
			continue
		}
		at := uint(0)
		for range 4 {
			c, d := byte(w), byte(w>>8)
			o[at&15] = '\\'
			at += uint(escaped[c])
			o[at&15] = c
			o[(at+1)&15] = '\\'
			at += uint(escaped[d]) + 1
			o[at&15] = d
			at++
			w >>= 16
		}
		n += int(at)
		i += 8
	}
	return n, i
}

// escaped is 1 for the ASCII characters that need a backslash and no more.
var escaped = [256]uint8{'"': 1, '\\': 1}

// appendString is appendText for a string.
func appendString(out []byte, text string) []byte { return appendText(out, []byte(text)) }

// appendSpecial appends one character, whichever it is, and returns the position behind it.
func appendSpecial(out, text []byte, i int) ([]byte, int) {
	c := text[i]
	if c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' {
		return append(out, c), i + 1
	}
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
