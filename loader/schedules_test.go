package loader

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"
)

// marked writes a text's faults as it would be underlined.
func marked(text string, faults []textFault) string {
	var out []string
	for _, f := range faults {
		r := []rune(text)
		part := text
		if f.length > 0 {
			part = string(r[f.offset : f.offset+f.length])
		}
		out = append(out, fmt.Sprintf("[%s] %s", part, f.message))
	}
	return strings.Join(out, "\n")
}

func TestCron(t *testing.T) {
	for _, expr := range []string{
		// EventBridge's own examples.
		"0 10 * * ? *", "15 12 * * ? *", "0 18 ? * MON-FRI *", "0 8 1 * ? *", "0/15 * * * ? *", "0/10 * ? * MON-FRI *",
		"0/5 8-17 ? * MON-FRI *", "0/30 20-23 ? * MON-FRI *", "15 10 ? * 6L 2019-2022",
		"0 9 ? * 2#1 *", "0 0 L * ? *", "0 0 3W * ? *", "0 0 LW * ? *", "0 0 ? * L *", "0 0 ? * FRI-MON *", "0 0 ? * tue#2 *",
		"0,15,30 1-3,8 * JAN,JUL-SEP,12 ? 1970,2199", "*/5 * ? * * *", "5-40/5 */2 1-15,31 */3 ? 2026/2", "0 0 ? * SUN,TUE-THU,7 *",
		"0  10   * * ? *", "0 0 1 JUL ? *", "0 0 ? * FRIL *",
	} {
		if faults := checkCron(expr); faults != nil {
			t.Errorf("%q: %s", expr, marked(expr, faults))
		}
	}
	tests := []struct{ expr, want string }{
		{"", "[] the cron expression has 0 fields instead of six"},
		{"0 10 * * *", "[0 10 * * *] the cron expression has 5 fields instead of six"},
		{"0 10 * * ? * 7", "[7] the cron expression has 7 fields instead of six"},
		{"cron(0 10 * * ? *)", "[cron(0 10 * * ? *)] the cron expression stands without cron(…)"},
		{"0 10 * * * *", "[*] day-of-month and day-of-week cannot both say days"},
		{"0 10 1 * MON *", "[MON] day-of-month and day-of-week cannot both say days"},
		{"0 10 * * MON *", "[*] day-of-month and day-of-week cannot both say days"},
		{"0 10 ? * ? *", "[?] both day-of-month and day-of-week are ?"},
		{"60 10 * * ? *", `[60] "60" is no value of minutes`},
		{"0 24 * * ? *", `[24] "24" is no value of hours`},
		{"0 10 0 * ? *", `[0] "0" is no value of day-of-month`},
		{"0 10 * 13 ? *", `[13] "13" is no value of month`},
		{"0 10 * FOO ? *", `[FOO] "FOO" is no value of month`},
		{"0 10 ? * 8 *", `[8] "8" is no value of day-of-week`},
		{"0 10 * * ? 1969", `[1969] "1969" is no value of year`},
		{"? 10 * * ? *", `[?] "?" is no value of minutes`},
		{"0,61 10 * * ? *", `[61] "61" is no value of minutes`},
		{"1,,2 10 * * ? *", `[,] minutes has an empty item in its list`},
		{"1, 10 * * ? *", `[,] minutes has an empty item in its list`},
		{",1 10 * * ? *", `[,] minutes has an empty item in its list`},
		{"*,1 10 * * ? *", `[*] * stands in a list`},
		{"0 10 1,? * ? *", `[?] ? stands in a list`},
		{"/5 10 * * ? *", `[/5] step "/5" has no start`},
		{"*/0 10 * * ? *", `[*/0] "0" is no step for minutes`},
		{"*/60 10 * * ? *", `[*/60] "60" is no step for minutes`},
		{"*/x 10 * * ? *", `[*/x] "x" is no step for minutes`},
		{"70/5 10 * * ? *", `[70/5] "70" is no value of minutes`},
		{"30-10 10 * * ? *", `[30-10] range 30-10 runs backwards`},
		{"1-2-3 10 * * ? *", `[1-2-3] "2-3" is no value of minutes`},
		{"0 10 5L * ? *", `[5L] "5L" is no day of a month`},
		{"0 10 W * ? *", `[W] W stands without a day`},
		{"0 10 32W * ? *", `[32W] "32" is no value of day-of-month`},
		{"0 10 ? * 9L *", `[9L] "9" is no value of day-of-week`},
		{"0 10 ? * 2#6 *", `[2#6] "6" is no week of a month`},
		{"0 10 ? * 9#1 *", `[9#1] "9" is no value of day-of-week`},
		{"0 10 ? * 3#1,6#3 *", `[3#1] # stands in a list`},
		{"0 10 ? * MON/2 *", `[MON/2] day-of-week takes no steps`},
		{"99 99 * * ? *", "[99] \"99\" is no value of minutes\n[99] \"99\" is no value of hours"},
		{"é 10 * * ? *", `[é] "é" is no value of minutes`},
	}
	for _, tt := range tests {
		if got := marked(tt.expr, checkCron(tt.expr)); got != tt.want {
			t.Errorf("%q:\n got %s\nwant %s", tt.expr, got, tt.want)
		}
	}
}

func TestRate(t *testing.T) {
	tests := []struct{ rate, want, hint string }{
		{"5 minutes", "", ""}, {"1 hour", "", ""}, {"1 day", "", ""}, {"365 days", "", ""},
		{"1 minutes", `[minutes] 1 takes the unit "minute", not "minutes"`, "write 1 minute"},
		{"2 hour", `[hour] 2 takes the unit "hours", not "hour"`, "write 2 hours"},
		{"0 minutes", `[0] "0" is no whole number of at least 1`, "such as 5 minutes, 1 hour or 2 days"},
		{"05 minutes", `[05] "05" is no whole number of at least 1`, "such as 5 minutes, 1 hour or 2 days"},
		{"-1 minutes", `[-1] "-1" is no whole number of at least 1`, "such as 5 minutes, 1 hour or 2 days"},
		{"five minutes", `[five] "five" is no whole number of at least 1`, "such as 5 minutes, 1 hour or 2 days"},
		{" minutes", `[ minutes] "" is no whole number of at least 1`, "such as 5 minutes, 1 hour or 2 days"},
		{"5 mintues", `[mintues] "mintues" is no unit of a rate`, `did you mean "minutes"?`},
		{"1 mintue", `[mintue] "mintue" is no unit of a rate`, `did you mean "minute"?`},
		{"30 seconds", `[seconds] "seconds" is no unit of a rate`, "the shortest is 1 minute"},
		{"2 weeks", `[weeks] "weeks" is no unit of a rate`, "write 14 days"},
		{"5 minutess", `[minutess] "minutess" is no unit of a rate`, `did you mean "minutes"?`},
		{"5 eons", `[eons] "eons" is no unit of a rate`, "units are minutes, hours and days"},
		{"5  minutes", `[ minutes] " minutes" is no unit of a rate`, `did you mean "minutes"?`},
		{"5minutes", `[5minutes] rate "5minutes" is no number and unit`, "such as 5 minutes, 1 hour or 2 days"},
		{"rate(5 minutes)", `[rate(5 minutes)] the rate stands without rate(…)`, "write 5 minutes"},
		{"", `[] rate "" is no number and unit`, "such as 5 minutes, 1 hour or 2 days"},
	}
	for _, tt := range tests {
		faults := checkRate(tt.rate)
		hint := ""
		if len(faults) > 0 {
			hint = faults[0].hint
		}
		if got := marked(tt.rate, faults); got != tt.want || hint != tt.hint {
			t.Errorf("%q: got %s (%s), want %s (%s)", tt.rate, got, hint, tt.want, tt.hint)
		}
	}
}

func TestAt(t *testing.T) {
	tests := []struct{ at, want string }{
		{"2026-12-24T18:00:00", ""}, {"2028-02-29T00:00:00", ""},
		{"2027-02-29T00:00:00", "write it as 2026-12-24T18:00:00"},
		{"2026-12-24 18:00:00", "write it as 2026-12-24T18:00:00"},
		{"2026-12-24T18:00", "write it as 2026-12-24T18:00:00"},
		{"2026-12-24T18:00:00Z", "write 2026-12-24T18:00:00, and the zone as timezone"},
		{"2026-12-24T18:00:00+01:00", "write 2026-12-24T18:00:00, and the zone as timezone"},
		{"2026-12-24T18:00:00.5", "write it as 2026-12-24T18:00:00"},
		{"at(2026-12-24T18:00:00)", "write 2026-12-24T18:00:00"},
		{"", "write it as 2026-12-24T18:00:00"},
	}
	for _, tt := range tests {
		hint := ""
		if faults := checkAt(tt.at); len(faults) > 0 {
			hint = faults[0].hint
		}
		if hint != tt.want {
			t.Errorf("%q: got %q, want %q", tt.at, hint, tt.want)
		}
	}
}

// Every name of the list is one that Go's own copy of the database has.
func TestTimezones(t *testing.T) {
	names := strings.Fields(timezoneNames)
	if !slices.IsSorted(names) || len(names) < 500 || !strings.HasPrefix(timezoneNames, "\n") {
		t.Fatal("the list is not as it should be")
	}
	for _, name := range names {
		if _, err := time.LoadLocation(name); err != nil {
			t.Error(err)
		}
	}
}

func FuzzCron(f *testing.F) {
	for _, seed := range []string{"0 10 * * ? *", "*/5 8-17 ? * MON-FRI 2026", "0 0 L * ? *", "15 10 ? * 6L,é#2 2019-2022", "1,,2 / - # ? W"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, expr string) { holdIntervals(t, expr, checkCron(expr)) })
}

func FuzzRate(f *testing.F) {
	for _, seed := range []string{"5 minutes", "1 hour", "rate(1 day)", "é é"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, rate string) { holdIntervals(t, rate, checkRate(rate)) })
}

func FuzzPath(f *testing.F) {
	for _, seed := range []string{"/", "/a/{b}", "/a/{b+}", "//", "/{}", "/{a", "/é/", "/a{b}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		if fault, ok := checkPath(path); !ok {
			holdIntervals(t, path, []textFault{fault})
		}
	})
}

// holdIntervals wants words, and intervals that lie within the text.
func holdIntervals(t *testing.T, text string, faults []textFault) {
	t.Helper()
	for _, f := range faults {
		if f.offset < 0 || f.length < 0 || f.offset+f.length > max(len([]rune(text)), 1) {
			t.Errorf("%q: interval %d+%d", text, f.offset, f.length)
		}
		if f.message == "" || f.hint == "" {
			t.Errorf("%q: fault without words: %+v", text, f)
		}
	}
}
