package auth

import (
	"strings"
	"testing"

	"github.com/tradewind-commerce/tradewind/platform/auth"
)

func newTestKeys(t *testing.T, secrets ...byte) codeKeys {
	t.Helper()
	var all [][]byte
	for _, first := range secrets {
		all = append(all, append([]byte{first}, make([]byte, auth.SecretSize-1)...))
	}
	keys, err := newCodeKeys(all)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// Codes are eight digits, each as likely as the others at every place, zeros in front among them.
func TestCodesAreEvenlySpread(t *testing.T) {
	t.Parallel()
	const many = 20_000
	keys := newTestKeys(t, 1)
	var seen [codeDigits][10]int
	all := map[string]bool{}
	for range many {
		code := keys.code(newSalt())
		if len(code) != codeDigits || strings.Trim(code, "0123456789") != "" {
			t.Fatalf("the code %q", code)
		}
		all[code] = true
		for place, digit := range code {
			seen[place][digit-'0']++
		}
	}
	for place, digits := range seen {
		for digit, times := range digits {
			if times < many/10-300 || times > many/10+300 { // seven standard deviations: fails by chance once in a thousand million runs
				t.Errorf("%d stands at place %d of %d in %d", digit, place+1, times, many)
			}
		}
	}
	if len(all) < many-50 { // two by chance
		t.Errorf("only %d codes differ", len(all))
	}
}

// A code is known however it is typed, also after the installation's secret was changed, and nobody without a secret can make it.
func TestCodesAreKnown(t *testing.T) {
	t.Parallel()
	before, salt := newTestKeys(t, 1), newSalt()
	code := before.code(salt)
	after := newTestKeys(t, 2, 1)
	for _, typed := range []string{code, " " + code[:4] + " " + code[4:] + "\n", code[:4] + "-" + code[4:], code[:4] + "\u00a0" + code[4:]} {
		if !before.match(typed, salt) || !after.match(typed, salt) {
			t.Errorf("%q is not known", typed)
		}
	}
	if newTestKeys(t, 2).match(code, salt) || after.code(salt) == code {
		t.Error("a code does not depend on the secret")
	}
	for _, typed := range []string{"", code[:7], code + code[:1], wrong(code), before.code(newSalt())} {
		if after.match(typed, salt) {
			t.Errorf("%q passes for %q", typed, code)
		}
	}
	if _, err := newCodeKeys(nil); err == nil {
		t.Error("codes are made without a secret")
	}
}
