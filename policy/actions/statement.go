package actions

import "strings"

// readStatement takes the table, and the index, of a PartiQL statement: "table/index/NAME" where it names one.
func readStatement(value string) reading {
	words := strings.Fields(strings.TrimPrefix(strings.TrimSpace(value), "EXISTS("))
	if len(words) == 0 {
		return anything
	}
	after := map[string]string{"SELECT": "FROM", "DELETE": "FROM", "INSERT": "INTO", "UPDATE": "UPDATE"}
	keyword, known := after[strings.ToUpper(words[0])]
	if !known {
		return anything
	}
	for i, word := range words[:len(words)-1] {
		if strings.EqualFold(word, keyword) {
			return readTable(strings.Join(words[i+1:], " "))
		}
	}
	return anything
}

// readTable takes what stands at the beginning of a text: Music, "Music", "Music"."AlbumTitle-index".
func readTable(text string) reading {
	table, rest := identifier(text)
	if table == "" {
		return anything
	}
	if rest, dotted := strings.CutPrefix(rest, "."); dotted {
		if index, _ := identifier(rest); index != "" {
			return reading{text: table + "/index/" + index}
		}
	}
	return reading{text: table}
}

func identifier(text string) (name, rest string) {
	if quoted, ok := strings.CutPrefix(text, `"`); ok {
		name, rest, _ = strings.Cut(quoted, `"`)
		return name, rest
	}
	end := strings.IndexFunc(text, func(c rune) bool {
		return !(c == '_' || c == '-' || c == '*' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z')
	})
	if end < 0 {
		end = len(text)
	}
	return text[:end], text[end:]
}
