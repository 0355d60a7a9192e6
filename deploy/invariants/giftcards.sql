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
