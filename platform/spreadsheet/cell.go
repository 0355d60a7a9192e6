// Package spreadsheet keeps what people wrote apart from what a spreadsheet program would run.
package spreadsheet

import "strings"

// starters are what a spreadsheet program takes for the beginning of a formula (OWASP, CSV injection).
const starters = "=+-@\t\r\n"

// Guard makes a cell harmless: text that a spreadsheet would run gets an apostrophe before it, which spreadsheets do not show.
// Unguard takes it away again.
func Guard(cell string) string {
	if starts(cell) {
		return "'" + cell
	}
	return cell
}

// Unguard undoes Guard, for any text: what Guard left alone stays as it is.
func Unguard(cell string) string {
	if strings.HasPrefix(cell, "'") && starts(cell) {
		return cell[1:]
	}
	return cell
}

// starts reports whether a formula begins here, or after apostrophes: text that looks guarded already is guarded once more, so
// that no two texts become the same.
func starts(cell string) bool {
	rest := strings.TrimLeft(cell, "'")
	return rest != "" && strings.IndexByte(starters, rest[0]) >= 0
}
