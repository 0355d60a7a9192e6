package feed

import (
	"strings"

	"golang.org/x/text/language"
)

// worded is a text in a language.
type worded struct{ locale, text string }

// inLanguages sorts the elements that say one thing in several languages: the text in the shop's own, or, where there is none, the first;
// and the others.
func inLanguages(elements []*element, own string) (text string, others []worded) {
	at := -1
	for i, e := range elements {
		lang := languageOf(e.attr("lang"))
		if e.text() != "" && (at < 0 || sameLanguage(lang, own) && !sameLanguage(languageOf(elements[at].attr("lang")), own)) {
			at = i
		}
	}
	for i, e := range elements {
		lang := languageOf(e.attr("lang"))
		switch {
		case i == at:
			text = e.text()
		case lang != "" && !sameLanguage(lang, own) && at >= 0 && lang != languageOf(elements[at].attr("lang")) && e.text() != "":
			others = append(others, worded{locale: lang, text: e.text()})
		}
	}
	return text, others
}

// sameLanguage reports whether two tags name one language, in whatever countries: a shop in en-US has its texts in en.
func sameLanguage(a, b string) bool {
	a, _, _ = strings.Cut(a, "-")
	b, _, _ = strings.Cut(b, "-")
	return a == b
}

// wordsIn returns the text in a language; empty if there is none.
func wordsIn(texts []worded, locale string) string {
	for _, t := range texts {
		if t.locale == locale {
			return t.text
		}
	}
	return ""
}

// bibliographic are the codes of ISO 639-2 that libraries use, where they differ from those that everybody else does.
var bibliographic = map[string]string{
	"alb": "sq", "arm": "hy", "baq": "eu", "bur": "my", "chi": "zh", "cze": "cs", "dut": "nl", "fre": "fr", "geo": "ka", "ger": "de", "gre": "el",
	"ice": "is", "mac": "mk", "may": "ms", "per": "fa", "rum": "ro", "slo": "sk", "wel": "cy",
}

// languageOf turns a language's code, of two letters or three as BMEcat wants it, into a BCP 47 tag. It is empty for what is none.
func languageOf(code string) string {
	code = strings.ToLower(strings.TrimSpace(code))
	if short, known := bibliographic[code]; known {
		return short
	}
	tag, err := language.Parse(strings.ReplaceAll(code, "_", "-"))
	if err != nil || tag == language.Und {
		return ""
	}
	return tag.String()
}

// unitNames are how the codes of UN/ECE for units are written for people. Pieces need no unit.
var unitNames = map[string]string{
	"C62": "", "PCE": "", "EA": "", "H87": "", "MMT": "mm", "CMT": "cm", "DMT": "dm", "MTR": "m", "KMT": "km", "INH": "in", "FOT": "ft", "MMK": "mm²", "CMK": "cm²", "MTK": "m²",
	"MMQ": "mm³", "CMQ": "cm³", "MTQ": "m³", "MLT": "ml", "CLT": "cl", "LTR": "l", "MGM": "mg", "GRM": "g", "KGM": "kg", "TNE": "t", "LBR": "lb", "ONZ": "oz", "SEC": "s",
	"MIN": "min", "HUR": "h", "DAY": "d", "ANN": "years", "VLT": "V", "KVT": "kV", "AMP": "A", "4K": "mA", "WTT": "W", "KWT": "kW", "KWH": "kWh", "OHM": "Ω", "HTZ": "Hz",
	"KHZ": "kHz", "MHZ": "MHz", "A86": "GHz", "CEL": "°C", "FAH": "°F", "KEL": "K", "P1": "%", "DD": "°", "BAR": "bar", "PAL": "Pa", "KPA": "kPa", "NEW": "N", "JOU": "J",
	"LUM": "lm", "LUX": "lx", "CDL": "cd", "2N": "dB", "RPM": "rpm", "AD": "byte", "2P": "kB", "4L": "MB", "E34": "GB",
}

func unitName(code string) string {
	if name, known := unitNames[strings.ToUpper(code)]; known {
		return name
	}
	return code
}
