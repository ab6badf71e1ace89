package loader

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// cronField is what one of the six fields of an AWS cron expression takes.
type cronField struct {
	name     string
	min, max int
	// names stand for min, min+1, …
	names []string
	// wildcards beside , - * that the field knows.
	wildcards string
	example   string
}

var cronFields = [...]cronField{
	{name: "minutes", max: 59, wildcards: "/", example: "0, 0-30, */5"},
	{name: "hours", max: 23, wildcards: "/", example: "8, 9-17, */2"},
	{name: "day-of-month", min: 1, max: 31, wildcards: "/?LW", example: "1, 1-15, L, 15W, ?"},
	{name: "month", min: 1, max: 12, wildcards: "/", example: "1, JAN-MAR, *",
		names: []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}},
	{name: "day-of-week", min: 1, max: 7, wildcards: "?L#", example: "MON-FRI, 2, 6L, TUE#2, ?",
		names: []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}},
	{name: "year", min: 1970, max: 2199, wildcards: "/", example: "*, 2026, 2026-2030"},
}

// Where the days stand among the fields.
const (
	dayOfMonth = 2
	dayOfWeek  = 4
)

// checkCron holds an expression against AWS's rules, as EventBridge documents
// them: six fields apart by spaces.
func checkCron(expr string) []textFault {
	if inner, ok := strings.CutPrefix(expr, "cron("); ok && strings.HasSuffix(inner, ")") {
		return []textFault{{message: "the cron expression stands without cron(…)", hint: "write " + strings.TrimSuffix(inner, ")")}}
	}
	words := splitWords(expr)
	if len(words) != len(cronFields) {
		return []textFault{fieldCount(words)}
	}
	var faults []textFault
	for i, w := range words {
		if f, ok := cronFields[i].check(w); !ok {
			faults = append(faults, f)
		}
	}
	if len(faults) > 0 {
		return faults
	}
	month, week := words[dayOfMonth], words[dayOfWeek]
	switch {
	case month.text == "?" && week.text == "?":
		return []textFault{{week.offset, 1, "both day-of-month and day-of-week are ?", "say * in one of them"}}
	case month.text != "?" && week.text == "*":
		return []textFault{{week.offset, 1, "day-of-month and day-of-week cannot both say days", "write ? as day-of-week, the fifth field"}}
	case month.text == "*" && week.text != "?":
		return []textFault{{month.offset, 1, "day-of-month and day-of-week cannot both say days", "write ? as day-of-month, the third field"}}
	case month.text != "?" && week.text != "?":
		return []textFault{{week.offset, runes(week.text), "day-of-month and day-of-week cannot both say days", "write ? in one of them"}}
	}
	return nil
}

func fieldCount(words []word) textFault {
	f := textFault{
		message: fmt.Sprintf("the cron expression has %d fields instead of six", len(words)),
		hint:    "minutes, hours, day-of-month, month, day-of-week, year: such as 0 8 ? * MON-FRI *",
	}
	switch {
	case len(words) == 5:
		f.hint = "AWS has a sixth field, the year: add *"
	case len(words) > 6:
		f.offset, f.length = words[6].offset, runes(words[6].text)
	}
	return f
}

// word is a part of a text with its offset in characters.
type word struct {
	offset int
	text   string
}

// splitWords cuts at spaces.
func splitWords(s string) []word {
	var words []word
	start, startOffset, offset := -1, 0, 0
	for i, r := range s {
		switch {
		case r == ' ':
			if start >= 0 {
				words = append(words, word{startOffset, s[start:i]})
			}
			start = -1
		case start < 0:
			start, startOffset = i, offset
		}
		offset++
	}
	if start >= 0 {
		words = append(words, word{startOffset, s[start:]})
	}
	return words
}

func runes(s string) int { return utf8.RuneCountInString(s) }

// check holds one field, a list of items.
func (f *cronField) check(w word) (textFault, bool) {
	if w.text == "?" && f.takes("?") {
		return textFault{}, true
	}
	items := strings.Split(w.text, ",")
	offset := w.offset
	for _, item := range items {
		if message, hint := f.checkItem(item, len(items) > 1); message != "" {
			// An empty item is told at its comma.
			return textFault{offset: max(offset-b2i(item == "" && offset > w.offset), w.offset), length: max(runes(item), 1), message: message, hint: hint}, false
		}
		offset += runes(item) + 1
	}
	return textFault{}, true
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (f *cronField) takes(wildcard string) bool { return strings.Contains(f.wildcards, wildcard) }

func (f *cronField) checkItem(item string, inList bool) (message, hint string) {
	upper := strings.ToUpper(item)
	switch {
	case item == "":
		return f.name + " has an empty item in its list", "take the comma away"
	case item == "?" && f.takes("?"):
		return "? stands in a list", "write ? alone"
	case item == "*":
		if inList {
			return "* stands in a list", "write * alone"
		}
		return "", ""
	case f.takes("L") && strings.HasSuffix(upper, "L") && upper != "JUL":
		return f.checkLast(upper)
	case f.takes("W") && strings.HasSuffix(upper, "W"):
		return f.checkWeekday(upper)
	case strings.Contains(item, "#") && f.takes("#"):
		return f.checkNth(upper, inList)
	case strings.Contains(item, "/"):
		return f.checkStep(item)
	}
	return f.checkRange(item)
}

// checkLast is L, and 6L in a week.
func (f *cronField) checkLast(item string) (message, hint string) {
	day := strings.TrimSuffix(item, "L")
	if day == "" {
		return "", ""
	}
	if f.takes("#") {
		_, message, hint = f.value(day)
		return message, hint
	}
	return fmt.Sprintf("%q is no day of a month", item), "L is its last day: write it alone"
}

// checkWeekday is 15W, the weekday nearest to a day, and LW.
func (f *cronField) checkWeekday(item string) (message, hint string) {
	day := strings.TrimSuffix(item, "W")
	if day == "L" {
		return "", ""
	}
	if day == "" {
		return "W stands without a day", "write 15W for the weekday nearest to the 15th"
	}
	_, message, hint = f.value(day)
	return message, hint
}

// checkNth is TUE#2, the second Tuesday.
func (f *cronField) checkNth(item string, inList bool) (message, hint string) {
	if inList {
		return "# stands in a list", "a field has one # at most: make two schedules of it"
	}
	day, nth, _ := strings.Cut(item, "#")
	if _, message, hint = f.value(day); message != "" {
		return message, hint
	}
	if n, ok := digits(nth); !ok || n < 1 || n > 5 {
		return fmt.Sprintf("%q is no week of a month", nth), "behind # stands 1 to 5"
	}
	return "", ""
}

func (f *cronField) checkStep(item string) (message, hint string) {
	if !f.takes("/") {
		return f.name + " takes no steps", f.hint()
	}
	from, step, _ := strings.Cut(item, "/")
	if from == "" {
		return fmt.Sprintf("step %q has no start", item), fmt.Sprintf("write *%s", item)
	}
	if from != "*" {
		if message, hint = f.checkRange(from); message != "" {
			return message, hint
		}
	}
	if n, ok := digits(step); !ok || n < 1 || n > f.max {
		return fmt.Sprintf("%q is no step for %s", step, f.name), fmt.Sprintf("behind / stands 1 to %d", f.max)
	}
	return "", ""
}

func (f *cronField) checkRange(item string) (message, hint string) {
	from, to, isRange := strings.Cut(item, "-")
	low, message, hint := f.value(from)
	if message != "" || !isRange {
		return message, hint
	}
	high, message, hint := f.value(to)
	if message != "" {
		return message, hint
	}
	if low > high && !f.takes("#") { // weeks go on: FRI-MON
		return fmt.Sprintf("range %s runs backwards", item), fmt.Sprintf("write %s-%d,%d-%s", from, f.max, f.min, to)
	}
	return "", ""
}

// value is a number or a name.
func (f *cronField) value(s string) (n int, message, hint string) {
	for i, name := range f.names {
		if strings.EqualFold(s, name) {
			return f.min + i, "", ""
		}
	}
	n, ok := digits(s)
	if !ok || n < f.min || n > f.max {
		return 0, fmt.Sprintf("%q is no value of %s", s, f.name), f.hint()
	}
	return n, "", ""
}

func (f *cronField) hint() string {
	if len(f.names) > 0 {
		return fmt.Sprintf("%s is %d to %d or %s to %s: such as %s", f.name, f.min, f.max, f.names[0], f.names[len(f.names)-1], f.example)
	}
	return fmt.Sprintf("%s is %d to %d: such as %s", f.name, f.min, f.max, f.example)
}

// digits reads decimal digits alone, and few of them.
func digits(s string) (int, bool) {
	if s == "" || len(s) > 9 || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}
