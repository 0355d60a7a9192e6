-- check: money.overcharged
-- needs: provider
-- The provider keeps more for an order than it costs, and none of it is on its way back.
select o.number || ': ' || k.kept || ' kept of ' || o.total_minor
from (
    select p.order_id, sum(r.captured - r.refunded - p.credited_minor) - sum(greatest(p.owed_minor - p.refunded_minor, 0)) as kept
    from provider_payments r
    join payments p on p.id::text = r.reference
    where r.latest < (select settled from moment)
    group by p.order_id
) k
join orders o on o.id = k.order_id
where k.kept > o.total_minor

-- check: money.without_order
-- needs: provider
-- The provider keeps money for which there is no order to send, and it is not on its way back, nor store credit.
select r.reference || ': ' || (r.captured - r.refunded) || ' ' || r.currency || coalesce(', order ' || o.number || ' is ' || o.state, ', no such order')
from provider_payments r
left join payments p on p.id::text = r.reference
left join orders o on o.id = p.order_id
where r.captured > r.refunded + coalesce(p.credited_minor, 0) and (o.id is null or o.state in ('pending', 'cancelled', 'expired'))
    and coalesce(p.owed_minor <= p.refunded_minor, true) and r.latest < (select settled from moment)

-- check: money.twice
-- needs: provider
-- Two payments are kept for one order.
select o.number || ': ' || string_agg(r.reference, ', ' order by r.reference)
from provider_payments r
join payments p on p.id::text = r.reference
join orders o on o.id = p.order_id
where r.captured > r.refunded + p.credited_minor and p.owed_minor <= p.refunded_minor and r.latest < (select settled from moment)
group by o.number
having count(*) > 1

-- check: money.books
-- needs: provider
-- Our books and the provider's record differ.
select coalesce(p.id::text, r.reference) || ': we say ' || coalesce(p.captured_minor, 0) || ' taken, ' || coalesce(p.refunded_minor, 0) || ' given back ' ||
    coalesce(p.currency_code, '') || '; the provider ' || coalesce(r.captured, 0) || ', ' || coalesce(r.refunded, 0) || ' ' || coalesce(r.currency, '')
from (select * from payments where provider not in ('on_delivery', 'bank_transfer', 'gift_card')) p
full join provider_payments r on r.reference = p.id::text
where (coalesce(p.captured_minor, 0), coalesce(p.refunded_minor, 0)) <> (coalesce(r.captured, 0), coalesce(r.refunded, 0))
        and coalesce(r.latest < (select settled from moment), true)
    or p.currency_code <> r.currency

-- check: money.unpaid
-- An order that will be sent is not paid, or not for what it costs, and staff were not told that its reservation lapsed. Gift cards are taken back a moment before the money for them goes.
select o.number || ': ' || o.payment_state || ', ' || coalesce(k.kept, 0) || ' of ' || o.total_minor
from orders o
left join (
    select order_id, sum(captured_minor - credited_minor - greatest(owed_minor, refunded_minor)
        + case when state in ('authorized', 'partly_captured') and not release_due then authorized_minor - captured_minor else 0 end) as kept
    from payments group by order_id
) k on k.order_id = o.id
left join (
    select order_id, -sum(amount_minor) as credited from ledger_entries where kind in ('credit', 'gift_card_voided') and account = 'customer_receivable' group by order_id
) c on c.order_id = o.id
where o.state in ('confirmed', 'partly_fulfilled', 'fulfilled', 'delivered', 'closed')
    and o.total_minor > 0 and o.payment_state <> 'on_delivery' and coalesce(k.kept, 0) + coalesce(c.credited, 0) <> o.total_minor
    and not exists (select from payments p where p.order_id = o.id and p.attention = 'lapsed')
    and not exists (
        select from payment_instructions i join payments p on p.id = i.payment_id
        where p.order_id = o.id and o.gift_cards_minor > 0 and i.kind = 'refund' and i.state in ('given', 'refused'))

-- check: money.kept
-- An order that came to nothing keeps money, by our own books, and nobody is told to give it back. What a gift card paid waits for the rest.
select o.number || ': ' || o.state || ', ' || p.captured_minor - p.refunded_minor - p.credited_minor || ' kept'
from orders o
join payments p on p.order_id = o.id
where o.state in ('pending', 'cancelled', 'expired') and p.captured_minor > p.refunded_minor + p.credited_minor and p.owed_minor <= p.refunded_minor
    and not (o.state = 'pending' and p.provider = 'gift_card')

-- check: money.return
-- Money that must go back, or be released, has not been for five minutes.
select id || ': ' || owed_minor - refunded_minor || ' ' || currency_code || case when release_due then ', and what is reserved' else '' end
from payments
where (owed_minor > refunded_minor or release_due) and update_time < (select settled - interval '4 min' from moment)

-- check: money.payment_state
-- An order says that it is paid and its payments do not, or the other way round. While the rest is being paid, what a gift card paid is no matter.
select o.number || ': ' || o.payment_state || ', ' || coalesce(k.captured, 0) || ' taken, ' || coalesce(k.refunded, 0) || ' given back'
from orders o
left join (
    select order_id, sum(captured_minor) as captured, sum(refunded_minor + credited_minor) as refunded from payments group by order_id
) k on k.order_id = o.id
where o.total_minor > 0 and (o.payment_state in ('paid', 'partly_paid', 'partly_refunded')) <> (coalesce(k.captured, 0) > coalesce(k.refunded, 0))
    and not (o.state = 'pending' and o.payment_state in ('pending', 'awaiting_transfer') and exists (select from payments p where p.order_id = o.id and p.provider = 'gift_card'))

-- check: payment.amount
-- A payment asks for another amount than gift cards leave of what its order costs, or belongs to none; or gift cards pay for more than all of it.
select p.id || ': ' || p.amount_minor || ' ' || p.currency_code || coalesce(' for ' || o.total_minor || ' ' || o.currency_code || ', gift cards ' || coalesce(c.paid, 0), ', no such order')
from payments p
left join orders o on o.id = p.order_id
left join (select order_id, sum(amount_minor) as paid from payments where provider = 'gift_card' group by order_id) c on c.order_id = p.order_id
where o.id is null or p.currency_code <> o.currency_code or coalesce(c.paid, 0) > o.total_minor
    or p.provider <> 'gift_card' and p.amount_minor + coalesce(c.paid, 0) <> o.total_minor

-- check: payment.open_twice
-- Two payments of an order can both still bring money.
select order_id::text
from payments
where state in ('created', 'requires_action', 'authorized', 'partly_captured', 'unknown')
group by order_id
having count(*) > 1

-- check: payment.unknown
-- Nobody knows for five minutes what became of a payment.
select id || ': ' || state || ' since ' || start_time
from payments
where state in ('created', 'unknown') and provider <> 'on_delivery' and start_time < (select settled - interval '4 min' from moment)

-- check: payment.unasked
-- A payment is open at its provider and nobody will ask how it stands.
select id || ': ' || state || coalesce(', to be asked at ' || ask_time, '')
from payments
where state in ('created', 'requires_action', 'authorized', 'partly_captured', 'unknown') and provider <> 'on_delivery' and provider_key is not null
    and coalesce(ask_time < (select settled - interval '4 min' from moment), true)

-- check: webhook.unapplied
-- A provider's message was stored, and what it told of never reached the payment.
select m.id || ': payment ' || p.id || ' is ' || p.state || ' by version ' || p.provider_version || ', the message speaks of ' || (convert_from(m.body, 'UTF8')::json ->> 'version')
from webhook_messages m
join payments p on p.id = m.payment_id
where m.provider = 'sandbox' and m.receive_time < (select settled from moment)
    and p.provider_version < (convert_from(m.body, 'UTF8')::json ->> 'version')::bigint
    and (p.state in ('created', 'requires_action', 'authorized', 'partly_captured', 'unknown')
        or convert_from(m.body, 'UTF8')::json ->> 'type' in ('payment.captured', 'payment.refunded'))

-- check: ledger.movement
-- A movement of the ledger does not sum to zero, or has one side only.
select txn_id || ': ' || sum(amount_minor) || ' ' || currency_code || ' in ' || count(*) || ' rows'
from ledger_entries
group by txn_id, currency_code
having sum(amount_minor) <> 0 or count(*) < 2

-- check: ledger.payment
-- A payment and its ledger differ.
select p.id || ': ' || p.captured_minor - p.refunded_minor || ' kept, the ledger says ' || coalesce(l.sum, 0)
from payments p
left join (
    select payment_id, account, sum(amount_minor) from ledger_entries
    where account in ('gateway_clearing', 'gift_card_liability', 'bank') and kind in ('capture', 'refund', 'refund_failed') group by payment_id, account
) l on l.payment_id = p.id and l.account = case p.provider when 'gift_card' then 'gift_card_liability' when 'bank_transfer' then 'bank' else 'gateway_clearing' end
where p.captured_minor - p.refunded_minor <> coalesce(l.sum, 0)

-- check: ledger.clearing
-- needs: provider
-- The ledger's clearing account is not what the provider keeps.
select coalesce(l.currency, r.currency) || ': the ledger says ' || coalesce(l.sum, 0) || ', the provider ' || coalesce(r.sum, 0)
from (
    select e.currency_code as currency, sum(e.amount_minor)
    from ledger_entries e
    join payments p on p.id = e.payment_id
    left join provider_payments r on r.reference = e.payment_id::text
    where e.account = 'gateway_clearing' and e.kind in ('capture', 'refund', 'refund_failed') and p.provider <> 'on_delivery' and coalesce(r.latest < (select settled from moment), true)
    group by e.currency_code
) l
full join (
    select currency, sum(captured - refunded) from provider_payments where latest < (select settled from moment) group by currency
) r on r.currency = l.currency
where coalesce(l.sum, 0) <> coalesce(r.sum, 0)

-- check: ledger.sale
-- The books say that another amount was sold than a confirmed order comes to, gift cards that were issued with it, with other tax, or a cancelled order is sold still.
select o.number || ': ' || o.state || ', the books sold ' || coalesce(l.sold, 0) || ' and credited ' || coalesce(l.credited, 0) || ' of ' || o.total_minor
from orders o
left join (
    select order_id, sum(amount_minor) filter (where kind in ('sale', 'gift_card_sold') and account = 'customer_receivable') as sold,
        -sum(amount_minor) filter (where kind = 'sale' and account = 'tax_payable') as tax,
        -sum(amount_minor) filter (where kind in ('credit', 'gift_card_voided') and account = 'customer_receivable') as credited
    from ledger_entries where kind in ('sale', 'credit', 'gift_card_sold', 'gift_card_voided') group by order_id
) l on l.order_id = o.id
where coalesce(l.sold, 0) <> case when o.confirm_time is null then 0 else o.total_minor - case when o.gift_cards_time is null then o.gift_cards_minor else 0 end end
    or coalesce(l.tax, 0) <> case when o.confirm_time is null then 0 else o.tax_minor end
    or coalesce(l.credited, 0) > coalesce(l.sold, 0) or o.state = 'cancelled' and coalesce(l.credited, 0) <> coalesce(l.sold, 0)

-- check: ledger.settled
-- By the books the shopper of an order that is paid still owes something, or is owed something that nobody is to give back, if no refund came back.
select o.number || ': ' || o.payment_state || ', the books say that the shopper owes ' || l.sum
from orders o
join (
    select order_id, sum(amount_minor) from ledger_entries where account = 'customer_receivable' group by order_id having sum(amount_minor) <> 0
) l on l.order_id = o.id
where o.confirm_time is not null and o.payment_state in ('paid', 'partly_refunded', 'refunded')
    and not exists (
        select from payments p
        where p.order_id = o.id and (p.owed_minor > p.refunded_minor or p.state in ('authorized', 'partly_captured')))
    and not exists (
        select from payment_instructions i join payments p on p.id = i.payment_id
        where p.order_id = o.id and o.gift_cards_minor > 0 and i.kind = 'refund' and i.state in ('given', 'refused'))
    and not exists (select from ledger_entries f where f.order_id = o.id and f.kind = 'refund_failed')

-- check: ledger.store_credit
-- What an order's shopper got back as store credit is not the same by its payments, its refunds, the gift cards, and the books.
select o.number || ': ' || coalesce(p.credited, 0) || ' by its payments, ' || coalesce(r.given, 0) || ' by refunds, ' || coalesce(r.issued, 0) || ' on gift cards, ' || coalesce(l.booked, 0) || ' in the books'
from orders o
left join (select order_id, sum(credited_minor) as credited from payments group by order_id) p on p.order_id = o.id
left join (
    select r.order_id, sum(r.amount_minor) as given, sum(g.initial_minor) as issued
    from order_refunds r left join gift_cards g on g.id = r.gift_card_id and g.kind = 'credit' where r.gift_card_id is not null group by r.order_id
) r on r.order_id = o.id
left join (
    select order_id, -sum(amount_minor) as booked from ledger_entries where kind = 'store_credit' and account = 'gift_card_liability' group by order_id
) l on l.order_id = o.id
where coalesce(p.credited, 0) <> coalesce(r.given, 0) or coalesce(r.issued, 0) <> coalesce(r.given, 0) or coalesce(l.booked, 0) <> coalesce(r.given, 0)

-- check: ledger.disputed
-- What providers withhold for disputes is not what the books say of those that are open or lost.
select p.id || ': ' || p.disputed_minor || ' withheld, the books say ' || coalesce(l.sum, 0)
from payments p
left join (
    select payment_id, -sum(amount_minor) as sum from ledger_entries
    where account = 'gateway_clearing' and kind in ('dispute', 'dispute_won', 'dispute_reversed') group by payment_id
) l on l.payment_id = p.id
where p.disputed_minor <> coalesce(l.sum, 0)

-- check: ledger.fees
-- What a provider said that it charges for a payment is not what the books have.
select p.id || ': ' || p.fee_minor || ' ' || p.fee_currency || ' charged, the books say ' || coalesce(l.sum, 0)
from payments p
left join (
    select payment_id, sum(amount_minor) from ledger_entries where account = 'fees' group by payment_id
) l on l.payment_id = p.id
where p.fee_minor <> coalesce(l.sum, 0)

-- check: ledger.item
-- What staff wrote off, or linked to an order, is not what the books say, or nobody did it.
select coalesce(i.provider || ' ' || i.reference, l.txn_id) || ': ' || coalesce(i.state || ' ' || i.minor, 'no such difference') || ', the books say ' || coalesce(l.minor, 0)
from (
    select distinct on (provider, reference, state) provider, reference, state, case state when 'linked' then theirs_minor else ours_minor - theirs_minor end as minor
    from reconciliation_items where state in ('written_off', 'linked') order by provider, reference, state, close_time desc
) i
full join (
    select i.provider, i.reference, case e.kind when 'linked' then 'linked' else 'written_off' end as state, min(e.txn_id) as txn_id,
        sum(case e.kind when 'linked' then e.amount_minor else -e.amount_minor end) as minor
    from ledger_entries e
    left join reconciliation_items i on i.id::text = split_part(e.txn_id, ' ', 1)
    where e.kind in ('write_off', 'write_off_taken_back', 'linked') and e.account = 'gateway_clearing' group by 1, 2, 3
) l on (l.provider, l.reference, l.state) = (i.provider, i.reference, i.state)
where coalesce(i.minor, 0) <> coalesce(l.minor, 0)

-- check: payment.instruction
-- What staff asked for was not done for an hour, nor refused.
select i.id || ': ' || i.kind || ' ' || i.amount_minor || ' of payment ' || i.payment_id || ', asked for at ' || i.create_time
from payment_instructions i
where i.state = 'given' and i.create_time < (select settled - interval '1 h' from moment)
