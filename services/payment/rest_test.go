package payment

import (
	"math/rand/v2"
	"testing"

	"github.com/tradewind-commerce/tradewind/gen/db/paymentdb"
)

// Whatever was taken, given back, disputed and let go of before: what is taken, released and given back for the rest never exceeds what there is, and once all of it is done the shop has what it still sells, where the books and the
// money agreed before.
func TestEndAddsUp(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(28, 11))
	for range 20_000 {
		total := 1 + random.Int64N(10_000)
		cardPaid := int64(0)
		if random.IntN(3) == 0 {
			cardPaid = random.Int64N(total)
		}
		other := paymentdb.Payment{ID: "other", Provider: "sandbox", State: stateName(Captured), AmountMinor: total - cardPaid, AuthorizedMinor: total - cardPaid, CapturedMinor: total - cardPaid}
		switch random.IntN(3) {
		case 0:
			other.Provider = ProviderOnDelivery
			fallthrough
		case 1:
			other.State, other.CapturedMinor = stateName(Authorized), random.Int64N(other.AmountMinor+1)
			if other.CapturedMinor > 0 {
				other.State = stateName(PartlyCaptured)
			}
			if other.CapturedMinor == other.AmountMinor {
				other.State = stateName(Captured)
			}
		}
		list := []purse{{Payment: other}}
		if cardPaid > 0 {
			list = append(list, purse{Payment: paymentdb.Payment{
				ID: "card", Provider: ProviderGiftCard, State: stateName(Captured), AmountMinor: cardPaid, AuthorizedMinor: cardPaid, CapturedMinor: cardPaid,
			}})
		}
		var back int64
		for i := range list { // what went back before was credited
			list[i].RefundedMinor = random.Int64N(list[i].CapturedMinor + 1)
			back += list[i].RefundedMinor
		}
		sold, cards := total-back, int64(0)
		if random.IntN(3) == 0 { // gift cards were bought, too
			cards = random.Int64N(sold + 1)
			sold -= cards
		}
		worth := random.Int64N(sold + 1)
		made := end(list, sold, cards, worth)

		var kept, reserved, returnable, itself int64
		for _, p := range list {
			kept, reserved, returnable = kept+p.CapturedMinor-p.RefundedMinor, reserved+p.takeable(), returnable+p.returnable()
		}
		for _, part := range made.parts {
			itself += part.of.creditedByItself(part.take)
			if part.take < 0 || part.letGoOf < 0 || part.take+part.letGoOf != part.of.takeable() {
				t.Fatalf("%+v of %+v", part, list)
			}
			if part.of.Provider == ProviderOnDelivery {
				kept += part.take // is collected
			}
		}
		switch {
		case made.RefundMinor < 0 || made.RefundMinor > min(returnable, worth), made.TakenMinor < 0, made.creditMinor < 0:
			t.Fatalf("%+v of %+v", made, list)
		case made.TakenMinor > 0 && made.RefundMinor > 0:
			t.Fatalf("money is taken and given back: %+v of %+v", made, list)
		case kept+made.TakenMinor-made.RefundMinor != sold+cards-worth:
			t.Fatalf("%d is kept and %d still sold: %+v of %+v", kept+made.TakenMinor-made.RefundMinor, sold+cards-worth, made, list)
		case made.RefundMinor+itself+made.creditMinor != worth:
			t.Fatalf("%d back, %d and %d credited are not %d: %+v of %+v", made.RefundMinor, itself, made.creditMinor, worth, made, list)
		}
	}
}
