package postgres

import "testing"

// A position comes back in cookies and headers: it is read as it was written, or refused.
func FuzzParseLSN(f *testing.F) {
	f.Add("16/B374D848")
	f.Add("0/0")
	f.Add("FFFFFFFF/FFFFFFFF")
	f.Add("/")
	f.Add("1/-1")
	f.Fuzz(func(t *testing.T, text string) {
		lsn, err := ParseLSN(text)
		if err != nil {
			return
		}
		if again, err := ParseLSN(lsn.String()); err != nil || again != lsn {
			t.Errorf("%q is %s, and then %s, %v", text, lsn, again, err)
		}
	})
}
