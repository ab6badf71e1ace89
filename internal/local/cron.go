package local

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// cron is an AWS cron expression: minutes, hours, day of month, month, day of
// week, year. The loader has checked and explained it; here it only counts.
type cron struct {
	minutes, hours, months set
	years                  yearSet
	days                   set // of the month
	lastDay, lastWeekday   bool
	nearest                set // 15W
	weekdays               set // 1 is Sunday
	lastOf                 set // 6L
	nth                    [8]set
}

// set has a bit for each value.
type set uint64

func (s set) has(n int) bool { return s&(1<<n) != 0 }

// yearSet is the years that are not all.
type yearSet map[int]bool

// cronRange is the values that a field has, with names for them.
type cronRange struct {
	min, max int
	names    string
}

var (
	minuteRange  = cronRange{0, 59, ""}
	hourRange    = cronRange{0, 23, ""}
	dayRange     = cronRange{1, 31, ""}
	monthRange   = cronRange{1, 12, "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC"}
	weekdayRange = cronRange{1, 7, "SUNMONTUEWEDTHUFRISAT"}
	yearRange    = cronRange{1970, 2199, ""}
)

func parseCron(expr string) (*cron, error) {
	fields := strings.Fields(strings.ToUpper(expr))
	if len(fields) != 6 {
		return nil, fmt.Errorf("the cron expression %q has %d fields, not 6", expr, len(fields))
	}
	c := &cron{}
	var err error
	field := func(text string, r cronRange, special func(item string) (bool, error), add func(n int)) {
		for item := range strings.SplitSeq(text, ",") {
			if err != nil {
				return
			}
			if special != nil {
				var done bool
				if done, err = special(item); done || err != nil {
					continue
				}
			}
			err = r.item(item, add)
		}
	}
	into := func(s *set) func(int) { return func(n int) { *s |= 1 << n } }
	field(fields[0], minuteRange, nil, into(&c.minutes))
	field(fields[1], hourRange, nil, into(&c.hours))
	field(fields[2], dayRange, c.specialDay, into(&c.days))
	field(fields[3], monthRange, nil, into(&c.months))
	field(fields[4], weekdayRange, c.specialWeekday, into(&c.weekdays))
	if fields[5] != "*" {
		c.years = yearSet{}
		field(fields[5], yearRange, nil, func(n int) { c.years[n] = true })
	}
	if err != nil {
		return nil, fmt.Errorf("the cron expression %q: %w", expr, err)
	}
	return c, nil
}

// specialDay reads L, LW, 15W and ?.
func (c *cron) specialDay(item string) (done bool, err error) {
	switch {
	case item == "?":
	case item == "L":
		c.lastDay = true
	case item == "LW":
		c.lastWeekday = true
	case strings.HasSuffix(item, "W"):
		n, err := dayRange.value(strings.TrimSuffix(item, "W"))
		if err != nil {
			return true, err
		}
		c.nearest |= 1 << n
	default:
		return false, nil
	}
	return true, nil
}

// specialWeekday reads L, 6L, 3#2 and ?.
func (c *cron) specialWeekday(item string) (done bool, err error) {
	day, week, isNth := strings.Cut(item, "#")
	switch {
	case item == "?":
	case item == "L":
		c.weekdays |= 1 << 7
	case isNth:
		n, err := weekdayRange.value(day)
		nth, err2 := strconv.Atoi(week)
		if err != nil || err2 != nil || nth < 1 || nth > 5 {
			return true, fmt.Errorf("%q is no week of a month", item)
		}
		c.nth[n] |= 1 << nth
	case strings.HasSuffix(item, "L"):
		n, err := weekdayRange.value(strings.TrimSuffix(item, "L"))
		if err != nil {
			return true, err
		}
		c.lastOf |= 1 << n
	default:
		return false, nil
	}
	return true, nil
}

// item reads a value, a range or steps of them.
func (r cronRange) item(item string, add func(int)) error {
	span, stepText, stepped := strings.Cut(item, "/")
	step := 1
	if stepped {
		var err error
		if step, err = strconv.Atoi(stepText); err != nil || step < 1 {
			return fmt.Errorf("%q is no step", stepText)
		}
	}
	from, to := r.min, r.max
	if span != "*" {
		low, high, ranged := strings.Cut(span, "-")
		var err error
		if from, err = r.value(low); err != nil {
			return err
		}
		switch {
		case ranged:
			if to, err = r.value(high); err != nil {
				return err
			}
		case !stepped:
			to = from
		}
	}
	if to < from { // FRI-MON
		to += r.max - r.min + 1
	}
	for n := from; n <= to; n += step {
		add(r.min + (n-r.min)%(r.max-r.min+1))
	}
	return nil
}

func (r cronRange) value(text string) (int, error) {
	if i := strings.Index(r.names, text); len(text) == 3 && i >= 0 && i%3 == 0 {
		return r.min + i/3, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < r.min || n > r.max {
		return 0, fmt.Errorf("%q is not between %d and %d", text, r.min, r.max)
	}
	return n, nil
}

// next is the first time after t, in t's location; zero where there is none. A
// time that daylight saving skips does not count.
func (c *cron) next(t time.Time) time.Time {
	year, month, day := t.Date()
	for y := year; y <= yearRange.max; y++ {
		if c.years != nil && !c.years[y] {
			month, day = time.January, 1
			continue
		}
		for ; month <= time.December; month++ {
			if c.months.has(int(month)) {
				for ; day <= daysIn(y, month); day++ {
					if found := c.nextIn(y, month, day, t); !found.IsZero() {
						return found
					}
				}
			}
			day = 1
		}
		month = time.January
	}
	return time.Time{}
}

// nextIn is the first time of a day that is after t.
func (c *cron) nextIn(year int, month time.Month, day int, t time.Time) time.Time {
	if !c.onDay(year, month, day) {
		return time.Time{}
	}
	for hour := range 24 {
		if !c.hours.has(hour) {
			continue
		}
		for minute := range 60 {
			if !c.minutes.has(minute) {
				continue
			}
			found := time.Date(year, month, day, hour, minute, 0, 0, t.Location())
			if found.After(t) && found.Hour() == hour && found.Minute() == minute {
				return found
			}
		}
	}
	return time.Time{}
}

// onDay says that a day is one of the expression's.
func (c *cron) onDay(year int, month time.Month, day int) bool {
	last := daysIn(year, month)
	weekday := int(weekdayOf(year, month, day)) + 1
	switch {
	case c.days.has(day), c.weekdays.has(weekday), c.lastDay && day == last:
		return true
	case c.lastOf.has(weekday) && day+7 > last, c.nth[weekday].has((day-1)/7 + 1):
		return true
	case c.lastWeekday && day == nearestWeekday(year, month, last):
		return true
	}
	for n := 1; n <= last && c.nearest != 0; n++ {
		if c.nearest.has(n) && day == nearestWeekday(year, month, n) {
			return true
		}
	}
	return false
}

// nearestWeekday is the day from Monday to Friday that is nearest to a day, in
// the same month.
func nearestWeekday(year int, month time.Month, day int) int {
	switch weekdayOf(year, month, day) {
	case time.Saturday:
		if day == 1 {
			return 3
		}
		return day - 1
	case time.Sunday:
		if day == daysIn(year, month) {
			return day - 2
		}
		return day + 1
	}
	return day
}

func weekdayOf(year int, month time.Month, day int) time.Weekday {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Weekday()
}

func daysIn(year int, month time.Month) int {
	return time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
}
