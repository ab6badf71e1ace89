package actions

import "strings"

// covers tells whether a pattern with "*" matches every text that the value, which may have "*" too, stands for.
func covers(pattern, value string) bool {
	pattern, value = strings.ToUpper(pattern), strings.ToUpper(value)
	if pattern == "" || value == "" {
		return strings.Trim(pattern, "*") == "" && value == ""
	}
	if pattern[0] == '*' {
		return covers(strings.TrimLeft(pattern, "*"), value) && strings.Trim(pattern, "*") != "" ||
			strings.Trim(pattern, "*") == "" || covers(pattern, value[1:])
	}
	return pattern[0] == value[0] && covers(pattern[1:], value[1:])
}

// meet tells whether two texts with "*" have a text in common.
func meet(a, b string) bool {
	if a == "" || b == "" {
		return strings.Trim(a+b, "*") == ""
	}
	// row[j] tells whether a[i:] and b[j:] meet, from the ends on.
	next := make([]bool, len(b)+1)
	for j := len(b); j >= 0; j-- {
		next[j] = strings.Trim(b[j:], "*") == ""
	}
	for i := len(a) - 1; i >= 0; i-- {
		row := make([]bool, len(b)+1)
		row[len(b)] = strings.Trim(a[i:], "*") == ""
		for j := len(b) - 1; j >= 0; j-- {
			switch {
			case a[i] == '*' || b[j] == '*':
				row[j] = next[j] || row[j+1]
			default:
				row[j] = a[i] == b[j] && next[j+1]
			}
		}
		next = row
	}
	return next[0]
}
