package shoptest

import (
	"context"
	"os"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/proto"

	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/id"
)

// Crowd is how many race for the same thing.
const Crowd = 200

// Rounds is how often a race is run: a few times, or a hundred with TRADEWIND_FULL=1.
func Rounds(few int) int {
	if os.Getenv("TRADEWIND_FULL") == "1" {
		return 100
	}
	return few
}

// Insist repeats a call that the shop could not answer in time, as its words ask for. Two hundred at once may meet that on a machine that is busy with other things, and it says
// nothing of who wins. The call must have the same key each time.
func Insist(call func() error) error {
	for {
		err := call()
		if code := connect.CodeOf(err); err == nil || code != connect.CodeUnavailable && code != connect.CodeResourceExhausted && code != connect.CodeDeadlineExceeded {
			return err
		}
	}
}

// Racers are shoppers who each have a cart like one that is ready to be ordered, and an e-mail address of their own. The carts are copied in the tables: to fill hundreds
// of them step by step is not what a race tries. Half of the carts are to be paid online, the others on delivery.
func (s *Shop) Racers(n int, like *checkoutv1.Cart) ([]context.Context, []*checkoutv1.Cart) {
	s.t.Helper()
	shoppers, carts := make([]context.Context, n), make([]*checkoutv1.Cart, n)
	owners, ids, lines := make([]string, n), make([]string, n), []string{}
	for i := range n {
		owners[i], ids[i] = id.New(), id.New()
		shoppers[i] = s.As(auth.Caller{Kind: auth.Guest, Subject: owners[i]})
		carts[i] = proto.CloneOf(like)
		carts[i].Id = ids[i]
		for _, line := range carts[i].GetLines() {
			line.Id = id.New()
			lines = append(lines, line.GetId())
		}
	}
	s.Exec(`with racers as (
			select * from unnest($2::uuid[], $3::text[]) with ordinality as r (cart, owner, nth)
		), made as (
			insert into carts select copy.*
			from carts c, racers r, jsonb_populate_record(c, jsonb_build_object('id', r.cart, 'owner', r.owner, 'email', 'racer' || r.nth || '@example.com',
				'payment_method', case r.nth % 2 when 1 then 'hosted' else 'on_delivery' end)) copy
			where c.id = $1::uuid
		), items as (
			select i as item, row_number() over (order by i.position) as nth, count(*) over () as all_of_them from cart_items i where i.cart_id = $1::uuid
		) insert into cart_items select copy.*
			from items i, racers r, jsonb_populate_record(i.item, jsonb_build_object('id', ($4::uuid[])[(r.nth - 1) * i.all_of_them + i.nth], 'cart_id', r.cart)) copy`, like.GetId(), ids, owners, lines)
	return shoppers, carts
}
