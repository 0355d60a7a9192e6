package clock

import "time"

// WorkingDay is so many working days after a moment. Saturdays and Sundays are none; holidays, which differ from town to town, are not known here.
func WorkingDay(from time.Time, days int) time.Time {
	day := from
	for days > 0 {
		day = day.AddDate(0, 0, 1)
		if weekday := day.Weekday(); weekday != time.Saturday && weekday != time.Sunday {
			days--
		}
	}
	return day
}
