package shoptest

// invariants are what must hold of the books at every moment, whatever happened. Each query returns the rows that break it.
var invariants = map[string]string{
	"more is held than there is": `select variant_id::text from stock_items where held > on_hand and not backorder`,
	"holds do not add up to what is held": `select variant_id::text from stock_items s
		where held <> (select coalesce(sum(quantity), 0) from stock_holds h where h.variant_id = s.variant_id and h.state = 'active')`,
	"moves do not add up to what is on hand": `select variant_id::text from stock_items s
		where on_hand <> (select coalesce(sum(delta), 0) from stock_moves m where m.variant_id = s.variant_id)`,
	"a confirmed order has no stock": `select o.id::text from orders o where o.state = 'confirmed' and exists (
		select from order_lines l where l.order_id = o.id and l.parts is null and not l.gift_card and not exists (
			select from stock_holds h where h.order_id = o.id and h.variant_id = l.variant_id and h.state = 'committed' and h.quantity >= l.quantity))`,
	"what an order keeps is not what its lines need": `select o.id::text from orders o
		cross join lateral (
			select variant_id, sum(quantity) as quantity from (
				select l.variant_id, l.quantity from order_lines l where l.order_id = o.id and l.parts is null and not l.gift_card
				union all
				select (p ->> 'variant_id')::uuid, (p ->> 'quantity')::int from order_lines l, jsonb_array_elements(l.parts) p where l.order_id = o.id
			) taken group by variant_id
		) need
		left join (
			select h.order_id, h.variant_id, sum(h.quantity) as quantity from stock_holds h where h.state in ('active', 'committed') group by h.order_id, h.variant_id
		) kept on kept.order_id = o.id and kept.variant_id = need.variant_id
		where o.state = 'confirmed' and kept.quantity is distinct from need.quantity`,
	"an ended order keeps stock": `select o.id::text from orders o join stock_holds h on h.order_id = o.id
		where o.state in ('cancelled', 'expired') and h.state in ('active', 'committed')`,
	"an order with an open payment may lose its stock": `select o.id::text from orders o
		join payments p on p.order_id = o.id and (p.provider_key is not null or p.provider = 'bank_transfer') and p.state in ('created', 'requires_action', 'unknown')
		join stock_holds h on h.order_id = o.id and h.state = 'active'
		where o.state = 'pending' and not h.pinned`,
	"a confirmed order is not paid": `select o.id::text from orders o where o.state = 'confirmed' and o.total_minor > 0 and o.payment_state <> 'on_delivery'
		and o.total_minor <> (select coalesce(sum(captured_minor - refunded_minor - credited_minor - greatest(owed_minor - refunded_minor, 0) + case when state in ('authorized', 'partly_captured') and not release_due
				then authorized_minor - captured_minor else 0 end), 0) from payments p where p.order_id = o.id)
			+ (select coalesce(-sum(amount_minor), 0) from ledger_entries l where l.order_id = o.id and l.kind in ('credit', 'gift_card_voided') and l.account = 'customer_receivable')`,
	"money is kept for an order that is not": `select o.id::text from orders o join payments p on p.order_id = o.id
		where o.state in ('pending', 'cancelled', 'expired') and not (o.state = 'pending' and p.provider = 'gift_card')
			and p.captured_minor - p.refunded_minor - p.credited_minor > greatest(p.owed_minor - p.refunded_minor, 0)`,
	"a cart became two orders": `select cart_id::text from orders group by cart_id having count(*) > 1`,
	"a cart says another order": `select o.id::text from orders o left join carts c on c.id = o.cart_id
		where c.order_id is distinct from o.id or c.state <> 'ordered'`,
	"a movement does not balance": `select txn_id from ledger_entries group by txn_id, currency_code having sum(amount_minor) <> 0 or count(*) < 2`,
	"a payment and the ledger differ": `select id::text from payments p where captured_minor - refunded_minor <>
		(select coalesce(sum(amount_minor), 0) from ledger_entries l where l.payment_id = p.id
			and account = case p.provider when 'gift_card' then 'gift_card_liability' when 'bank_transfer' then 'bank' else 'gateway_clearing' end and kind in ('capture', 'refund', 'refund_failed'))`,
	"a gift card's balance is not the sum of its moves": `select id::text from gift_cards g where balance_minor < 0
		or balance_minor <> (select coalesce(sum(amount_minor), 0) from gift_card_moves m where m.gift_card_id = g.id)`,
	"a payment and its gift card differ": `select coalesce(p.id, m.payment_id)::text from (select * from payments where provider = 'gift_card') p
		full join (select payment_id, -sum(least(amount_minor, 0)) as taken, sum(greatest(amount_minor, 0)) as returned
			from gift_card_moves where payment_id is not null group by payment_id) m on m.payment_id = p.id
		where p.captured_minor is distinct from m.taken or p.refunded_minor > m.returned
			or m.returned > greatest(p.refunded_minor, p.owed_minor)`, // what is owed may be on the card before the books hear of it
	"store credit, refunds, payments and the books differ": `select o.id::text from orders o
		left join (select order_id, sum(credited_minor) as credited from payments group by order_id) p on p.order_id = o.id
		left join (select r.order_id, sum(r.amount_minor) as given, sum(g.initial_minor) as issued from order_refunds r
			left join gift_cards g on g.id = r.gift_card_id and g.kind = 'credit' where r.gift_card_id is not null group by r.order_id) r on r.order_id = o.id
		left join (select order_id, -sum(amount_minor) as booked from ledger_entries where kind = 'store_credit' and account = 'gift_card_liability' group by order_id) l on l.order_id = o.id
		where coalesce(p.credited, 0) <> coalesce(r.given, 0) or coalesce(r.issued, 0) <> coalesce(r.given, 0) or coalesce(l.booked, 0) <> coalesce(r.given, 0)`,
	"payments do not add up to an order": `select o.id::text from orders o join payments p on p.order_id = o.id group by o.id
		having o.total_minor <> coalesce(sum(p.amount_minor) filter (where p.provider = 'gift_card'), 0) + coalesce(max(p.amount_minor) filter (where p.provider <> 'gift_card'), 0)`,
	"the books and an order say that another amount was sold": `select o.id::text from orders o
		left join (select order_id, sum(amount_minor) filter (where kind in ('sale', 'gift_card_sold')) as sold, sum(amount_minor) as left from ledger_entries
			where account = 'customer_receivable' and kind in ('sale', 'credit', 'gift_card_sold', 'gift_card_voided') group by order_id) l on l.order_id = o.id
		where coalesce(l.sold, 0) <> case when o.confirm_time is null then 0 else o.total_minor - case when o.gift_cards_time is null then o.gift_cards_minor else 0 end end or o.state = 'cancelled' and coalesce(l.left, 0) <> 0`,
	"gift cards that were bought are not those that were issued": `select o.id::text from orders o
		left join (select order_id, sum(quantity) as units, sum(quantity * unit_price_minor) as worth from order_lines where gift_card group by order_id) l on l.order_id = o.id
		left join (select c.order_id, count(*) as issued, sum(g.initial_minor) as worth, count(*) filter (where g.source <> 'sold' or c.void_time is not null and (g.state <> 'blocked' or g.balance_minor <> 0)) as wrong
			from order_gift_cards c left join gift_cards g on g.id = c.gift_card_id group by c.order_id) c on c.order_id = o.id
		where o.gift_cards_minor <> coalesce(l.worth, 0) or coalesce(c.wrong, 0) > 0
			or o.gift_cards_time is not null and (c.issued, c.worth) is distinct from (l.units, l.worth) or o.gift_cards_time is null and c.issued > 0
			or o.gift_cards_time is null and o.gift_cards_minor > 0 and o.payment_state = 'paid' and o.state <> 'cancelled'`,
	"a gift card was sold by no order": `select id::text from gift_cards g where source = 'sold' and not exists (select from order_gift_cards c where c.gift_card_id = g.id)`,
	"the books do not tell of gift cards that were bought, or given back": `select coalesce(m.id::text, l.move_id) from (
			select m.id, m.amount_minor, case m.kind when 'issue' then 'gift_card_sold' else 'gift_card_voided' end as kind
			from gift_card_moves m join gift_cards g on g.id = m.gift_card_id where g.source = 'sold' and m.kind in ('issue', 'void')) m
		full join (select split_part(txn_id, ' ', 1) as move_id, kind, -sum(amount_minor) as minor from ledger_entries
			where account = 'gift_card_liability' and kind in ('gift_card_sold', 'gift_card_voided') group by 1, 2) l on l.move_id = m.id::text
		where (m.amount_minor, m.kind) is distinct from (l.minor, l.kind)`,
	"an order that is paid owes, or is owed": `select o.id::text from orders o where o.payment_state in ('paid', 'partly_refunded', 'refunded') and o.confirm_time is not null
		and not exists (select from payments p where p.order_id = o.id and (p.owed_minor > p.refunded_minor or p.state in ('authorized', 'partly_captured')))
		and 0 <> (select coalesce(sum(amount_minor), 0) from ledger_entries l where l.order_id = o.id and account = 'customer_receivable')`,
	"an order does not add up": `select id::text from orders o where goods_minor <> (select sum(quantity * unit_price_minor) from order_lines l where l.order_id = o.id)
		or total_minor <> goods_minor - discount_minor + shipping_minor + case when tax_included then 0 else tax_minor end - tax_relief_minor + rounding_minor
		or discount_minor <> (select sum(discount_minor) from order_lines l where l.order_id = o.id)`,
	"promotions do not add up to the discount of an order": `select id::text from orders o
		where discount_minor <> (select coalesce(sum((p ->> 'goods_minor')::bigint), 0) from jsonb_array_elements(o.promotions) p)`,
	"an order and what it redeemed differ": `select coalesce(p.order_id, r.order_id)::text
		from (select o.id as order_id, (p ->> 'promotion_id')::uuid as promotion_id, (p ->> 'goods_minor')::bigint + (p ->> 'shipping_minor')::bigint as amount_minor,
			o.state in ('cancelled', 'expired') as released from orders o, jsonb_array_elements(o.promotions) p) p
		full join promotion_redemptions r on r.order_id = p.order_id and r.promotion_id = p.promotion_id
		where (p.amount_minor, p.released) is distinct from (r.amount_minor, r.released)`,
	"limits do not count what is redeemed": `select l.promotion_id::text from promotion_limits l
		left join (select promotion_id, count(*) as uses, sum(amount_minor) as spent from promotion_redemptions where not released group by promotion_id) r using (promotion_id)
		where (l.uses, l.spent_minor) <> (coalesce(r.uses, 0), coalesce(r.spent, 0)) or l.most_uses > 0 and l.uses > l.most_uses
			or l.budget_minor > 0 and l.spent_minor > l.budget_minor`,
	"a code does not count what is redeemed": `select c.code from promotion_codes c where c.most_uses > 0
		and c.uses <> (select count(*) from promotion_redemptions r where r.code = c.code and r.code <> '' and not r.released)`,
	"an order waits for nothing": `select id::text from orders where (state = 'pending') <> (expire_time is not null)`,
}

// Audit fails the test when the books are not in order, or when they and the provider's record differ.
func (s *Shop) Audit() {
	s.t.Helper()
	for rule, query := range invariants {
		rows, err := s.DB.Primary().Query(s.t.Context(), query)
		if err != nil {
			s.t.Fatalf("%s: %v", rule, err)
		}
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				s.t.Fatal(err)
			}
			s.t.Errorf("%s: %s", rule, id)
		}
		if err := rows.Err(); err != nil {
			s.t.Fatalf("%s: %v", rule, err)
		}
	}
	if s.Provider == nil {
		return
	}
	if booked := s.Number("select coalesce(sum(e.amount_minor), 0) from ledger_entries e join payments p on p.id = e.payment_id where account = 'gateway_clearing' and kind in ('capture', 'refund', 'refund_failed') and provider <> 'on_delivery'"); int64(booked) != s.Provider.Kept() {
		s.t.Errorf("our books say that the provider keeps %d, the provider says %d", booked, s.Provider.Kept())
	}
}
