package apievent

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// text decodes a JSON string with its quotes. Like encoding/json it replaces
// what is no UTF-8 by U+FFFD. An escape that is none stands for itself.
func text(quoted []byte) string {
	if len(quoted) < 2 {
		return ""
	}
	in := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(in, '\\') < 0 && utf8.Valid(in) {
		return string(in)
	}
	return string(unescape(in))
}

// inner is text as bytes, without a copy where it has no escapes.
func inner(quoted []byte) []byte {
	if len(quoted) < 2 {
		return nil
	}
	in := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(in, '\\') < 0 && utf8.Valid(in) {
		return in
	}
	return unescape(in)
}

// simple is what an escape of two characters stands for.
var simple = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// unescape decodes the inside of a JSON string into new bytes. It never has
// more bytes than it had with escapes, if it is UTF-8.
func unescape(in []byte) []byte {
	if !utf8.Valid(in) {
		in = []byte(string([]rune(string(in)))) // U+FFFD for each wrong byte
	}
	out := make([]byte, len(in))
	i, n := 0, 0
	for i+8 <= len(in) {
		// A word is copied whole; what an escape stands for is written over.
		w := binary.LittleEndian.Uint64(in[i:])
		binary.LittleEndian.PutUint64(out[n:], w)
		m := ((w ^ slashes) - lows) &^ w & highs
		if m == 0 {
			i += 8
			n += 8
			continue
		}
		plain := bits.TrailingZeros64(m) >> 3
		i += plain
		n += plain
		if i+1 < len(in) {
			if c := simple[in[i+1]]; c != 0 {
				out[n] = c
				i += 2
				n++
				continue
			}
		}
		var decoded []byte
		decoded, i = appendEscape(out[:n], in, i)
		n = len(decoded)
	}
	out = out[:n]
	for i < len(in) {
		if in[i] == '\\' {
			out, i = appendEscape(out, in, i)
			continue
		}
		out = append(out, in[i])
		i++
	}
	return out
}

// appendEscape appends what the escape at in[i] stands for and returns the
// position behind it.
func appendEscape(out, in []byte, i int) ([]byte, int) {
	if i+1 >= len(in) {
		return append(out, '\\'), i + 1
	}
	if c := simple[in[i+1]]; c != 0 {
		return append(out, c), i + 2
	}
	if in[i+1] == 'u' {
		if r := unit(in[i:]); r >= 0 {
			return appendUnit(out, in, i+6, r)
		}
	}
	return append(out, in[i+1]), i + 2
}

// appendUnit appends the character of the escape \uXXXX that ends at i, which
// may be the first half of a pair.
func appendUnit(out, in []byte, i int, r rune) ([]byte, int) {
	if utf16.IsSurrogate(r) {
		if low := unit(in[i:]); low >= 0 {
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				return utf8.AppendRune(out, pair), i + 6
			}
		}
		r = utf8.RuneError
	}
	return utf8.AppendRune(out, r), i
}

// unit reads \uXXXX, or returns -1 where b does not start with one.
func unit(b []byte) rune {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return -1
	}
	return hex(b[2])<<12 | hex(b[3])<<8 | hex(b[4])<<4 | hex(b[5]) // -1 where one is
}
