package loader

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chalicefile/chalicefile/loader/diag"
)

// schedules checks when each runs.
func (c *checker) schedules() {
	for i := range c.app.Schedules {
		s := &c.app.Schedules[i]
		c.scheduleText(s.Name, "rate", s.Rate, "invalid-rate", checkRate)
		c.scheduleText(s.Name, "cron", s.Cron, "invalid-cron", checkCron)
		c.scheduleText(s.Name, "at", s.At, "invalid-at", checkAt)
		c.timezone(s.Name, s.Timezone)
	}
}

func (c *checker) scheduleText(name, key, text, code string, check func(string) []textFault) {
	if unresolved(text) || c.at("schedules", name, key) == nil || !c.sound("schedules", name, key) {
		return
	}
	for _, f := range check(text) {
		c.out.Err(code, diag.Value("schedules", name, key).Within(f.offset, f.length), f.message).WithHint(f.hint)
	}
}

// rateUnits by their singular.
var rateUnits = [...]string{"minute", "hour", "day"}

// checkRate holds "5 minutes".
func checkRate(rate string) []textFault {
	const form = "such as 5 minutes, 1 hour or 2 days"
	if inner, ok := strings.CutPrefix(rate, "rate("); ok && strings.HasSuffix(inner, ")") {
		return []textFault{{message: "the rate stands without rate(…)", hint: "write " + strings.TrimSuffix(inner, ")")}}
	}
	count, unit, ok := strings.Cut(rate, " ")
	if !ok {
		return []textFault{{message: fmt.Sprintf("rate %q is no number and unit", rate), hint: form}}
	}
	n, isNumber := digits(count)
	if !isNumber || n < 1 || count[0] == '0' {
		return []textFault{{0, runes(count), fmt.Sprintf("%q is no whole number of at least 1", count), form}}
	}
	at := textFault{offset: runes(count) + 1, length: runes(unit)}
	singular := strings.TrimSuffix(unit, "s")
	if !slices.Contains(rateUnits[:], singular) || unit != singular && unit != singular+"s" {
		at.message = fmt.Sprintf("%q is no unit of a rate", unit)
		at.hint = rateHint(unit, n)
		return []textFault{at}
	}
	if want := rateUnit(singular, n); want != unit {
		at.message = fmt.Sprintf("%d takes the unit %q, not %q", n, want, unit)
		at.hint = fmt.Sprintf("write %d %s", n, want)
		return []textFault{at}
	}
	return nil
}

// rateUnit is the unit in the number that AWS wants.
func rateUnit(singular string, n int) string {
	if n == 1 {
		return singular
	}
	return singular + "s"
}

func rateHint(unit string, n int) string {
	if near := diag.Nearest(strings.TrimSuffix(unit, "s"), rateUnits[:]); near != "" {
		return fmt.Sprintf("did you mean %q?", rateUnit(near, n))
	}
	switch strings.TrimSuffix(unit, "s") {
	case "sec", "second":
		return "the shortest is 1 minute"
	case "week":
		return fmt.Sprintf("write %d days", 7*n)
	}
	return "units are minutes, hours and days"
}

// atLayout is how a single time is written, without zone or fraction.
const atLayout = "2006-01-02T15:04:05"

// checkAt holds "2026-12-24T18:00:00".
func checkAt(at string) []textFault {
	if inner, ok := strings.CutPrefix(at, "at("); ok && strings.HasSuffix(inner, ")") {
		return []textFault{{message: "the time stands without at(…)", hint: "write " + strings.TrimSuffix(inner, ")")}}
	}
	t, err := time.Parse(atLayout, at)
	if err == nil && t.Format(atLayout) == at {
		return nil
	}
	fault := textFault{message: fmt.Sprintf("%q is no time", at), hint: "write it as 2026-12-24T18:00:00"}
	if zoned, err := time.Parse(time.RFC3339, at); err == nil {
		fault.message = fmt.Sprintf("%q has a zone or a fraction of a second", at)
		fault.hint = fmt.Sprintf("write %s, and the zone as timezone", zoned.Format(atLayout))
	}
	return []textFault{fault}
}

// timezoneNames are those of the IANA database, one a line; a test holds them
// against the one that comes with Go.
//
//go:embed timezones.txt
var timezoneNames string

func (c *checker) timezone(schedule, name string) {
	if name == "" || unresolved(name) || !c.sound("schedules", schedule, "timezone") || strings.Contains(timezoneNames, "\n"+name+"\n") {
		return
	}
	known := strings.Fields(timezoneNames)
	hint := c.suggestZone(name, known)
	c.out.Err("unknown-timezone", diag.Value("schedules", schedule, "timezone"), fmt.Sprintf("there is no timezone %q", name)).WithHint(hint)
}

// suggestZone also finds a zone by its city alone.
func (c *checker) suggestZone(name string, known []string) string {
	if hint := diag.DidYouMean(name, known); hint != "" {
		return hint
	}
	for _, zone := range known {
		if _, city, ok := strings.Cut(zone, "/"); ok && strings.EqualFold(city, strings.ReplaceAll(name, " ", "_")) {
			return fmt.Sprintf("did you mean %q?", zone)
		}
	}
	return "take a name of the IANA database, such as Europe/Berlin"
}
