package lambdamain

import "unicode/utf8"

const hexDigits = "0123456789abcdef"

// plainByte says which ASCII bytes stand for themselves in a JSON string.
var plainByte = func() (t [256]bool) {
	for c := range utf8.RuneSelf {
		t[c] = c >= ' ' && c != '"' && c != '\\'
	}
	return t
}()

// appendText appends text as the inside of a JSON string. Markup and letters
// stay as they are, U+2028 and U+2029 are escaped, and what is no UTF-8 becomes
// U+FFFD.
func appendText[T []byte | string](out []byte, text T) []byte {
	from := 0
	for i := 0; i < len(text); {
		c := text[i]
		if plainByte[c] {
			i++
			continue
		}
		if c < utf8.RuneSelf {
			out = append(out, text[from:i]...)
			out = appendEscape(out, c)
			i++
			from = i
			continue
		}
		r, n := decodeRune(text[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			out = append(append(out, text[from:i]...), `\ufffd`...)
		case r == 0x2028 || r == 0x2029:
			out = append(append(out, text[from:i]...), `\u202`...)
			out = append(out, hexDigits[r&0xf])
		default:
			i += n
			continue
		}
		i += n
		from = i
	}
	return append(out, text[from:]...)
}

func decodeRune[T []byte | string](text T) (rune, int) {
	if len(text) > utf8.UTFMax {
		text = text[:utf8.UTFMax]
	}
	return utf8.DecodeRuneInString(string(text))
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
	out = appendText(out, text)
	return append(out, '"')
}
