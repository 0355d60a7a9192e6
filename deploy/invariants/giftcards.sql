-- check: gift_card.balance
-- What is left on a gift card is below zero, or is not the sum of what happened to it.
select g.id || ': ' || g.balance_minor || ' left, its moves say ' || coalesce(m.sum, 0)
from gift_cards g
left join (select gift_card_id, sum(amount_minor) from gift_card_moves group by gift_card_id) m on m.gift_card_id = g.id
where g.balance_minor < 0 or g.balance_minor <> coalesce(m.sum, 0)

-- check: gift_card.payment
-- A payment by gift card says that it took or gave back something else than the card's moves, or another card's, or there is no such payment.
select coalesce(p.id, m.payment_id) || ': we say ' || coalesce(p.captured_minor, 0) || ' taken, ' || coalesce(p.refunded_minor, 0) || ' given back; the card ' ||
    coalesce(m.taken, 0) || ', ' || coalesce(m.returned, 0)
from (select * from payments where provider = 'gift_card') p
full join (
    select payment_id, min(gift_card_id::text) as card, count(distinct (gift_card_id, order_id)) as cards, -sum(least(amount_minor, 0)) as taken, sum(greatest(amount_minor, 0)) as returned,
        max(create_time) as latest
    from gift_card_moves where payment_id is not null group by payment_id
) m on m.payment_id = p.id
where (p.captured_minor, p.refunded_minor, p.provider_reference) is distinct from (m.taken, m.returned, m.card) and coalesce(m.latest < (select settled from moment), true)
    or m.cards > 1

-- check: gift_card.books
-- A change of a gift card that no payment made is not in the books, or stands there as something else, or the books tell of one that never was.
select coalesce(m.id::text, l.move_id) || ': ' || coalesce(m.kind || ' ' || m.amount_minor || ' ' || m.currency_code, 'no such move') || ', the books say ' || coalesce(l.minor || ' ' || l.currency_code, 'nothing')
from (
    select m.id, m.kind, m.amount_minor, m.create_time, g.currency_code,
        case m.kind when 'issue' then case g.source when 'given' then 'gift_card_given' when 'refund' then 'store_credit' else 'gift_card_sold' end
            when 'adjust' then 'gift_card_adjusted' when 'expire' then 'gift_card_expired' else 'gift_card_voided' end as booked_as
    from gift_card_moves m join gift_cards g on g.id = m.gift_card_id where m.payment_id is null
) m
full join (
    select split_part(txn_id, ' ', 1) as move_id, min(kind) as kind, min(currency_code) as currency_code, -sum(amount_minor) as minor
    from ledger_entries where account = 'gift_card_liability' and payment_id is null group by 1
) l on l.move_id = m.id::text
where (m.amount_minor, m.currency_code, m.booked_as) is distinct from (l.minor, l.currency_code, l.kind)
    and not (l.move_id is null and m.create_time >= (select settled from moment))

-- check: gift_card.liability
-- What the books say that all gift cards promise is not what is left on them, apart from what the books hear of within the minute.
select currency_code || ': ' || coalesce(c.left, 0) || ' on gift cards, of which ' || coalesce(u.minor, 0) || ' is not booked yet, the books say ' || coalesce(l.booked, 0)
from (select currency_code, sum(balance_minor) as left from gift_cards group by currency_code) c
full join (
    select currency_code, -sum(amount_minor) as booked from ledger_entries where account = 'gift_card_liability' group by currency_code
) l using (currency_code)
left join (
    select currency_code, sum(minor) as minor
    from (
        select g.currency_code, m.amount_minor as minor
        from gift_card_moves m
        join gift_cards g on g.id = m.gift_card_id
        left join ledger_entries e on e.account = 'gift_card_liability' and e.payment_id is null and split_part(e.txn_id, ' ', 1) = m.id::text
        where m.payment_id is null and m.create_time >= (select settled from moment) and e.txn_id is null
        union all
        select p.currency_code, m.returned - p.refunded_minor
        from payments p
        join (
            select payment_id, sum(amount_minor) as returned, max(create_time) as latest from gift_card_moves where kind = 'return' group by payment_id
        ) m on m.payment_id = p.id
        where p.provider = 'gift_card' and m.latest >= (select settled from moment)
    ) unbooked
    group by currency_code
) u using (currency_code)
where coalesce(c.left, 0) - coalesce(u.minor, 0) <> coalesce(l.booked, 0)

-- check: gift_card.mail
-- Who is given a gift card was not mailed its code.
select id || ': mail ' || mails_asked || ', asked for before ' || update_time
from gift_cards
where mails_asked > mails_sent and state = 'active' and update_time < (select settled - interval '1 min' from moment)

-- check: gift_card.bought
-- Gift cards that an order's buyer paid for were not issued, or others were, or what was taken back can still be spent.
select o.number || ': ' || coalesce(l.units, 0) || ' bought for ' || o.gift_cards_minor || ', ' || coalesce(c.issued, 0) || ' issued for ' || coalesce(c.worth, 0) || ', of which ' || coalesce(c.wrong, 0) || ' are others'
from orders o
left join (
    select order_id, sum(quantity) as units, sum(quantity * unit_price_minor) as worth from order_lines where gift_card group by order_id
) l on l.order_id = o.id
left join (
    select c.order_id, count(*) as issued, sum(c.amount_minor) as worth, count(*) filter (
        where g.id is null or g.source <> 'sold' or g.initial_minor <> c.amount_minor
            or (c.void_time is not null) <> exists (select from gift_card_moves m where m.gift_card_id = g.id and m.kind = 'void')) as wrong
    from order_gift_cards c left join gift_cards g on g.id = c.gift_card_id group by c.order_id
) c on c.order_id = o.id
where o.gift_cards_minor <> coalesce(l.worth, 0) or coalesce(c.wrong, 0) > 0
    or o.gift_cards_time is not null and (coalesce(c.issued, 0), coalesce(c.worth, 0)) <> (coalesce(l.units, 0), coalesce(l.worth, 0))
    or o.gift_cards_time is null and (coalesce(c.issued, 0) > 0 or o.gift_cards_minor > 0 and o.payment_state = 'paid' and o.confirm_time is not null and o.state <> 'cancelled')
union all
select g.id || ': sold, and no order knows of it' from gift_cards g where g.source = 'sold' and not exists (select from order_gift_cards c where c.gift_card_id = g.id)
