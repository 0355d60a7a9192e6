package e2e

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
)

// regular is a buyer who knows what they want and does not give up: declined, they try again, and what a broken connection kept from them they load again. Some pay on
// delivery, some enter a code, and some go away at the provider, of whom some come back later and pay all the same.
type regular struct {
	*buyer
	dice   *rand.Rand
	nth    uint64
	slugs  []string
	codes  []string
	late   chan<- string
	missed int // tries to pay that came to nothing
}

// chance is true so many times in a hundred.
func (v *regular) chance(percent int) bool { return v.dice.IntN(100) < percent }

func (v *regular) shopAndPay() error {
	for first := true; first || v.page.Find("form.buy__form").Length() == 0; first = false {
		if err := v.open(v.s.url + "/products/" + v.slugs[v.dice.IntN(len(v.slugs))]); err != nil {
			return err
		}
	}
	method := "hosted"
	if v.chance(15) {
		method = "on_delivery"
	}
	steps := []func() error{
		func() error {
			return v.send("form.buy__form", map[string]string{"quantity": fmt.Sprint(1 + v.dice.IntN(2))})
		},
	}
	if v.chance(40) {
		steps = append(steps,
			func() error { return v.open("/cart") },
			func() error { // a code that is used up is refused, and the buyer goes on without
				return v.send("form[action='/cart/codes']:has(input[name='code'][type='text'])", map[string]string{"code": v.codes[v.dice.IntN(len(v.codes))]})
			},
		)
	}
	for _, step := range append(steps,
		func() error { return v.open("/checkout") },
		func() error {
			return v.send("form[action='/checkout/contact']", map[string]string{
				"email": fmt.Sprintf("buyer%d@example.com", v.nth/2), "name": "Ada O’Brien", "line1": "1 Harbour Street", "city": "Portland", "postcode": "97201",
				"country": "US", "region": "OR",
			})
		},
		v.deliver,
		func() error {
			if v.page.Find("[name=method][value=on_delivery]").Length() == 0 {
				method = "hosted"
			}
			return nil
		},
		func() error { return v.send("form[action='/checkout/payment']", map[string]string{"method": method}) },
		v.order,
		v.pay,
	) {
		if err := step(); err != nil {
			return err
		}
	}
	if v.number == "" {
		return fmt.Errorf("no page said the order's number")
	}
	return nil
}

// order presses the button, once more at each new total: a promotion may be used up meanwhile.
func (v *regular) order() error {
	for range 10 {
		if _, err := fmt.Sscan(v.page.Find("input[name='expected_total']").AttrOr("value", ""), &v.total); err != nil {
			return fmt.Errorf("the review says no total: %w", err)
		}
		if err := v.send("form[action='/checkout/review']", nil); err != nil {
			return err
		}
		if !v.inShop() || strings.HasPrefix(v.at.Path, "/orders/") || v.page.Find("form[action$='/payment'][action^='/orders/']").Length() > 0 { // the last of who could not pay at once
			return nil
		}
	}
	return fmt.Errorf("the total never stayed the same")
}

// pay goes to and fro between shop and provider until the order says that it is paid, or that it came to nothing.
func (v *regular) pay() error {
	for deadline := time.Now().Add(4 * patience); time.Now().Before(deadline); {
		var err error
		switch {
		case !v.inShop():
			gone, e := v.atProvider()
			if gone {
				return e
			}
			err = e
		case v.page.Find("form[action$='/payment']").Length() > 0:
			err = v.send("form[action$='/payment']", nil)
		case strings.HasSuffix(v.at.Path, "/return") && !strings.Contains(v.text(), "checking your payment") && !strings.Contains(v.text(), "on its way"):
			err = v.open(strings.TrimSuffix(v.at.Path, "/return"))
		case !strings.HasSuffix(v.at.Path, "/return"):
			v.paid = !strings.Contains(v.text(), "Expired") && !strings.Contains(v.text(), "Cancelled")
			return nil
		default:
			<-time.After(300 * time.Millisecond)
			err = v.open(v.at.Path)
		}
		if err != nil {
			return err
		}
	}
	v.late <- v.number // nobody waits for ever; what became of the payment is found out without them
	return nil
}

// atProvider does something on the provider's page. It is true when the buyer went away for good.
func (v *regular) atProvider() (gone bool, err error) {
	if found := numberShown.FindString(v.text()); found != "" {
		v.number = found
	}
	pay := v.page.Find("form button[value='pay']").Length() > 0
	switch {
	case v.status >= http.StatusInternalServerError: // its page broke, and says to look again
		return false, v.open(strings.TrimSuffix(v.at.Path, "/challenge"))
	case v.page.Find("input[name='code']").Length() > 0:
		return false, v.send("form", map[string]string{"code": "123456"})
	case !pay:
		back, found := v.page.Find("a[href^='" + v.s.url + "/orders/']").Attr("href")
		if !found {
			return false, fmt.Errorf("the provider's page does not lead back")
		}
		return false, v.open(back)
	case v.missed < 2 && v.chance(15):
		v.missed++
		return false, v.send("form", map[string]string{"action": []string{"decline", "cancel", "challenge"}[v.dice.IntN(3)]})
	case v.missed < 3 && v.chance(12):
		v.missed = 3
		v.late <- v.number
		if v.chance(50) {
			return true, nil
		}
		<-time.After(draw(v.dice, 4*time.Second))
		return false, v.open(v.at.Path)
	default:
		return false, v.send("form", map[string]string{"action": "pay"})
	}
}

// sellForLess has the shop sell for less: by codes, of which one has few uses and one is for each customer once, and by a campaign whose budget soon runs out.
func (s *shop) sellForLess(t *testing.T, orders int64) (codes []string) {
	t.Helper()
	s.promote(t, 150, nil, "FEW", orders/10)
	s.promote(t, 70, &pricingv1.Limits{UsesPerCustomer: 1}, "ONCE", 0)
	s.promote(t, 33, &pricingv1.Limits{Budget: usd(orders / 2 * 33)}, "", 0)
	return []string{"FEW", "ONCE"}
}
