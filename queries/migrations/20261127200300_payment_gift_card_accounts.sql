-- +goose Up
-- All that happens to gift cards is booked, not only what payments by them do: from now on gift_card_liability is what is left on all cards.
alter table ledger_entries drop constraint ledger_account;
alter table ledger_entries add constraint ledger_account check (account in (
    'customer_receivable', 'gateway_clearing', 'sales', 'tax_payable', 'refunds', 'gift_card_liability', 'affiliate_payable', 'fees', 'disputed', 'losses', 'bank',
    'gift_cards_given',     -- what gift cards cost that the shop gave away
    'gift_cards_expired')); -- earned by what was left on cards that had expired

-- What was issued and adjusted before. What an order's refund issued is booked already.
insert into ledger_entries (txn_id, kind, account, currency_code, amount_minor, create_time)
select m.id || ' ' || k.kind, k.kind, s.account, g.currency_code, s.minor, m.create_time
from gift_card_moves m
join gift_cards g on g.id = m.gift_card_id
cross join lateral (values (case m.kind when 'issue' then 'gift_card_given' else 'gift_card_adjusted' end)) k (kind)
cross join lateral (values ('gift_cards_given', m.amount_minor), ('gift_card_liability', -m.amount_minor)) s (account, minor)
where m.kind = 'adjust' or m.kind = 'issue' and g.source = 'given';
