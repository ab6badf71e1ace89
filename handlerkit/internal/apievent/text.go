package apievent

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// text decodes a JSON string (with its quotes) that the scan has found sound.
// Like encoding/json it replaces what is no UTF-8 by U+FFFD.
func text(quoted []byte) string {
	if len(quoted) < 2 {
		return ""
	}
	in := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(in, '\\') < 0 && utf8.Valid(in) {
		return string(in)
	}
	return string(unescape(make([]byte, 0, len(in)), in))
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
	return unescape(make([]byte, 0, len(in)), in)
}

// unescape appends the decoded inside of a JSON string to dst.
func unescape(dst, in []byte) []byte {
	for i := 0; i < len(in); {
		j := i + run(in[i:])
		dst = append(dst, in[i:j]...)
		i = j
		if i >= len(in) {
			break
		}
		if in[i] == '\\' {
			dst, i = appendEscape(dst, in, i)
			continue
		}
		r, n := utf8.DecodeRune(in[i:])
		dst = utf8.AppendRune(dst, r)
		i += n
	}
	return dst
}

// run returns the length of the ASCII text that b starts with and that stands
// for itself.
func run(b []byte) int {
	for i := 0; i < len(b); i++ {
		if b[i] == '\\' || b[i] >= utf8.RuneSelf {
			return i
		}
	}
	return len(b)
}

// appendEscape appends what the escape at in[i] stands for and returns the
// position behind it.
func appendEscape(dst, in []byte, i int) ([]byte, int) {
	switch in[i+1] {
	case 'b':
		return append(dst, '\b'), i + 2
	case 'f':
		return append(dst, '\f'), i + 2
	case 'n':
		return append(dst, '\n'), i + 2
	case 'r':
		return append(dst, '\r'), i + 2
	case 't':
		return append(dst, '\t'), i + 2
	case 'u':
		r := unit(in[i:])
		i += 6
		if utf16.IsSurrogate(r) {
			if low := unit(in[i:]); low >= 0 {
				if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
					return utf8.AppendRune(dst, pair), i + 6
				}
			}
			r = utf8.RuneError
		}
		return utf8.AppendRune(dst, r), i
	}
	return append(dst, in[i+1]), i + 2
}

// unit reads \uXXXX, or returns -1 where b does not start with one.
func unit(b []byte) rune {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return -1
	}
	return hex(b[2])<<12 | hex(b[3])<<8 | hex(b[4])<<4 | hex(b[5])
}
