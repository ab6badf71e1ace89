package diag

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Nearest is the one of known that a person who wrote name most likely meant,
// or "" where none is near: a third of the characters may differ, never all, or
// whole words are missing or too many.
// Case does not count; of equally near ones the first is taken.
func Nearest(name string, known []string) string {
	lower := []rune(strings.ToLower(name))
	best, bestAt := "", min(1+max(len(lower), 3)/3, len(lower))
	for _, k := range known {
		if k == name || abs(utf8.RuneCountInString(k)-len(lower)) >= bestAt {
			continue
		}
		if d := distance(lower, []rune(strings.ToLower(k)), bestAt); d < bestAt {
			best, bestAt = k, d
		}
	}
	if best == "" {
		return whole(lower, known)
	}
	return best
}

// whole is the only one of known that begins with the words of name, or that
// name begins with the words of: memory for memory_size, timeout_seconds for
// timeout.
func whole(lower []rune, known []string) string {
	const least = 3
	found := ""
	for _, k := range known {
		a, b := string(lower), strings.ToLower(k)
		if len(a) > len(b) {
			a, b = b, a
		}
		if len(a) < least || len(a) == len(b) || !strings.HasPrefix(b, a) || b[len(a)] != '_' && b[len(a)] != '-' {
			continue
		}
		if found != "" {
			return ""
		}
		found = k
	}
	return found
}

// DidYouMean is the hint for an unknown name: the nearest of known, or ""
// where none is near.
func DidYouMean(name string, known []string) string {
	if near := Nearest(name, known); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return ""
}

func abs(n int) int { return max(n, -n) }

// distance counts the characters to insert, remove, replace or swap with their
// neighbour (optimal string alignment); limit where it would be more.
func distance(a, b []rune, limit int) int {
	before, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
			least = min(least, cur[j])
		}
		if least > limit {
			return limit
		}
		before, prev, cur = prev, cur, before
	}
	return min(prev[len(b)], limit)
}
