package gateway

import (
	"strconv"
	"unicode/utf8"

	"github.com/chalicefile/chalicefile/internal/local/http1"
)

const hexDigits = "0123456789abcdef"

// appendString appends s as a JSON string. Bytes that are no UTF-8 become
// U+FFFD, since JSON cannot say them.
func appendString[T string | []byte](b []byte, s T) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' {
				i++
				continue
			}
			b = append(b, s[start:i]...)
			b = appendEscape(b, c)
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
		if r == utf8.RuneError && size == 1 {
			b = append(b, s[start:i]...)
			b = append(b, "\uFFFD"...)
			start = i + 1
		}
		i += size
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}

func appendEscape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	}
	return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}

// appendMembers appends the fields as two members of an object: one with the
// last value of each name, one with all of them; null where there are none.
// Names differ by case unless fold is set; the first spelling holds.
func appendMembers(b []byte, single, multi string, fields []http1.Field, fold bool) []byte {
	if len(fields) == 0 {
		b = append(b, single...)
		b = append(b, "null"...)
		b = append(b, multi...)
		return append(b, "null"...)
	}
	same := func(i, j int) bool {
		a, b := fields[i].Name, fields[j].Name
		return a == b || fold && http1.EqualFold(a, b)
	}
	first := func(i int) bool {
		for j := range i {
			if same(i, j) {
				return false
			}
		}
		return true
	}
	b = append(b, single...)
	b = append(b, '{')
	for i := range fields {
		if !first(i) {
			continue
		}
		last := i
		for j := i + 1; j < len(fields); j++ {
			if same(i, j) {
				last = j
			}
		}
		b = appendName(b, fields[i].Name)
		b = appendString(b, fields[last].Value)
	}
	b = append(b, '}')
	b = append(b, multi...)
	b = append(b, '{')
	for i := range fields {
		if !first(i) {
			continue
		}
		b = appendName(b, fields[i].Name)
		b = append(b, '[')
		b = appendString(b, fields[i].Value)
		for j := i + 1; j < len(fields); j++ {
			if same(i, j) {
				b = append(b, ',')
				b = appendString(b, fields[j].Value)
			}
		}
		b = append(b, ']')
	}
	return append(b, '}')
}

// appendName appends the name of a member, with a comma where one came before.
func appendName(b []byte, name string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	b = appendString(b, name)
	return append(b, ':')
}

// appendNull appends s as a string, "" as null.
func appendNull(b []byte, s string) []byte {
	if s == "" {
		return append(b, "null"...)
	}
	return appendString(b, s)
}

func appendInt(b []byte, n int64) []byte { return strconv.AppendInt(b, n, 10) }
