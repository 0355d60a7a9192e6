package e2e

import (
	"regexp"
	"strings"
	"testing"
)

var orderNumber = regexp.MustCompile(`TW-\d{6}`)

// A shopper goes from home to a paid order, and staff see it paid, however the shop is spread over processes.
func TestWholeShop(t *testing.T) {
	for name, how := range map[string]topology{"all in one": allInOne, "split": spread} {
		t.Run(name, func(t *testing.T) {
			s := open(t, how)
			visitor := newShopper(t)
			visitor.fillCart(s.url)
			visitor.expect("Go to checkout")
			visitor.checkOut("hosted")
			if !strings.HasPrefix(visitor.at.String(), s.sandbox) {
				t.Fatalf("not at the provider but at %s (%d): %s", visitor.at, visitor.status, visitor.text())
			}
			visitor.submit("form", nil, "Pay")
			if !strings.HasPrefix(visitor.at.String(), s.url+"/orders/") {
				t.Fatalf("not at the order but at %s (%d): %s", visitor.at, visitor.status, visitor.text())
			}
			visitor.expect("Paid")
			number := orderNumber.FindString(visitor.text())
			for _, office := range s.admins {
				staff := s.signIn(office)
				staff.goTo("/orders?payment=paid")
				staff.expect(number)
				staff.follow("main tbody a[href^='/orders/']")
				staff.expect("Ada O’Brien")
				staff.expect("Paid")
			}
			if len(visitor.failures) > 0 {
				t.Errorf("the shopper saw failures: %v", visitor.failures)
			}
		})
	}
}
