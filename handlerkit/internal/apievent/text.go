package apievent

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"slices"
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

// unescape decodes the inside of a JSON string into new bytes.
func unescape(in []byte) []byte {
	if !utf8.Valid(in) {
		in = []byte(string([]rune(string(in)))) // U+FFFD for each wrong byte
	}
	out, _ := appendUnescaped(nil, in)
	return out
}

// appendUnescaped appends the decoded inside of a JSON string, which never has
// more bytes than it had with escapes. It counts the quotes that were escaped.
func appendUnescaped(out, in []byte) ([]byte, int) {
	out = slices.Grow(out, len(in)+16)
	quotes := 0
	for i := 0; i < len(in); {
		n, used, q := unescapeWords(out[len(out):cap(out)], in[i:])
		out = out[:len(out)+n]
		quotes += q
		if i += used; i >= len(in) {
			break
		}
		if in[i] != '\\' {
			out = append(out, in[i])
			i++
			continue
		}
		if i+1 < len(in) && in[i+1] == '"' {
			quotes++
		}
		out, i = appendEscape(out, in, i)
	}
	return out, quotes
}

// unescapeWords decodes in into dst, eight characters at a time, up to an escape
// that is not of two characters. It returns how many bytes it wrote and used,
// and how many quotes were escaped in these;
// dst has room for eight more than in has, and what follows may be written over.
func unescapeWords(dst, in []byte) (n, i, quotes int) {
	for i+8 <= len(in) {
		w := binary.LittleEndian.Uint64(in[i:])
		o := (*[16]byte)(dst[n:])
		at, from := uint(0), uint(0) // within the word
		for m := zeros(w ^ slashes); m != 0; m &= m - 1 {
			p := uint(bits.TrailingZeros64(m)) >> 3
			if p < from {
				continue // the second of two backslashes
			}
			binary.LittleEndian.PutUint64(o[at&7:], w>>(from*8&63))
			at += p - from
			from = p
			if p == 7 {
				break // the escape ends in the next word
			}
			c := simple[byte(w>>((p+1)*8&63))]
			if c == 0 {
				return n + int(at), i + int(from), quotes
			}
			if c == '"' {
				quotes++
			}
			o[at&7] = c
			at++
			from += 2
		}
		if from < 7 {
			binary.LittleEndian.PutUint64(o[at&7:], w>>(from*8&63))
			at += 8 - from
			from = 8
		}
		n += int(at)
		i += int(from)
	}
	return n, i, quotes
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
