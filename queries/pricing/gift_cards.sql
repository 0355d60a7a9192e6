-- name: IssueGiftCards :exec
-- IssueGiftCards writes cards with the move that gave each its balance.
with issued as (
    insert into gift_cards (id, code_hash, last_four, kind, currency_code, initial_minor, balance_minor, expire_time, email, note, source, message, mails_asked, batch_id, create_time, update_time)
    select c.id, c.code_hash, c.last_four, @kind, @currency_code, @amount_minor, @amount_minor, sqlc.narg(expire_time), @email, @note, @source, @message, @mails_asked, @batch_id, @now, @now
    from (select unnest(@ids::uuid[]) as id, unnest(@code_hashes::bytea[]) as code_hash, unnest(@last_fours::text[]) as last_four) c
    returning id, initial_minor
)
insert into gift_card_moves (id, gift_card_id, kind, amount_minor, balance_minor, order_id, key, actor, reason, create_time)
select i.id, i.id, 'issue', i.initial_minor, i.initial_minor, sqlc.narg(order_id), 'issue', @actor, @reason, @now from issued i;

-- name: ListBatch :many
-- ListBatch returns the cards that were issued together.
select * from gift_cards where batch_id = @batch_id order by id limit 1000;

-- name: FindGiftCard :one
-- FindGiftCard finds a card by the hash of its code, under any of the shop's keys.
select * from gift_cards where code_hash = any(@code_hashes::bytea[]) limit 1;

-- name: RehashGiftCard :exec
-- RehashGiftCard keeps the hash of a code under a new key.
update gift_cards set code_hash = @code_hash where id = @id;

-- name: GetGiftCard :one
select * from gift_cards where id = @id;

-- name: LockGiftCard :one
select * from gift_cards where id = @id for no key update;

-- name: ListGiftCardsByID :many
select * from gift_cards where id = any(@ids::uuid[]) limit 100;

-- name: LockGiftCards :many
-- LockGiftCards locks cards in the order of their ids, so that orders which spend the same ones wait for each other and never in a ring.
select * from gift_cards where id = any(@ids::uuid[]) order by id for no key update;

-- name: SpendGiftCards :execrows
-- SpendGiftCards takes amounts off cards that can be spent and hold as much, each with its move; it says of how many.
with wanted as (
    select unnest(@ids::uuid[]) as id, unnest(@amounts::bigint[]) as amount, unnest(@payment_ids::uuid[]) as payment_id, unnest(@move_ids::uuid[]) as move_id
), taken as (
    update gift_cards g set balance_minor = g.balance_minor - w.amount, update_time = @now
    from wanted w
    where g.id = w.id and g.state = 'active' and (g.expire_time is null or g.expire_time > @now) and g.balance_minor >= w.amount
    returning g.id, g.balance_minor
)
insert into gift_card_moves (id, gift_card_id, kind, amount_minor, balance_minor, order_id, payment_id, key, actor, create_time)
select w.move_id, w.id, 'spend', -w.amount, t.balance_minor, @order_id, w.payment_id, w.payment_id::text, 'shopper', @now
from wanted w join taken t on t.id = w.id;

-- name: VoidGiftCards :many
-- VoidGiftCards takes all that is left off locked cards and stops them, each with its move.
with wanted as (
    select unnest(@ids::uuid[]) as id, unnest(@move_ids::uuid[]) as move_id
), voided as (
    update gift_cards g set balance_minor = 0, state = 'blocked', version = g.version + 1, update_time = @now
    from wanted w
    where g.id = w.id and g.balance_minor = g.initial_minor
    returning g.id, g.initial_minor
)
insert into gift_card_moves (id, gift_card_id, kind, amount_minor, balance_minor, order_id, key, actor, reason, create_time)
select w.move_id, w.id, 'void', -v.initial_minor, 0, @order_id, 'void', @actor, @reason, @now
from wanted w join voided v on v.id = w.id
returning gift_card_id;

-- name: MoveGiftCard :execrows
-- MoveGiftCard changes a balance together with its move, unless it would fall below zero.
with moved as (
    update gift_cards g set balance_minor = g.balance_minor + @amount_minor, update_time = @now
    where g.id = @gift_card_id and g.balance_minor + @amount_minor >= 0
    returning g.id, g.balance_minor
)
insert into gift_card_moves (id, gift_card_id, kind, amount_minor, balance_minor, order_id, payment_id, key, actor, reason, create_time)
select @id, m.id, @kind, @amount_minor, m.balance_minor, sqlc.narg(order_id), sqlc.narg(payment_id), @key, @actor, @reason, @now from moved m;

-- name: ChangeGiftCard :one
update gift_cards set state = @state, expire_time = sqlc.narg(expire_time), email = @email, note = @note, version = version + 1, update_time = @now
where id = @id
returning *;

-- name: AskForGiftCardMail :one
update gift_cards set mails_asked = mails_asked + 1, update_time = @now where id = @id returning *;

-- name: CloseGiftCardMail :execrows
update gift_cards set mails_sent = greatest(mails_sent, least(@mail, mails_asked)), update_time = @now where id = @id;

-- name: ListGiftCards :many
-- ListGiftCards and the lists after it are one each for the filters that staff use, since one statement for all would read the whole table for some.
select * from gift_cards
where (create_time, id) < (@before_time::timestamptz, @before_id::uuid)
order by create_time desc, id desc limit @count;

-- name: ListGiftCardsInState :many
select * from gift_cards
where state = @state and (create_time, id) < (@before_time::timestamptz, @before_id::uuid)
order by create_time desc, id desc limit @count;

-- name: ListGiftCardsByLastFour :many
select * from gift_cards
where last_four = @last_four and (create_time, id) < (@before_time::timestamptz, @before_id::uuid) and (@state::text = '' or state = @state)
order by create_time desc, id desc limit @count;

-- name: ListGiftCardsByEmail :many
select * from gift_cards
where email <> '' and lower(email) = lower(@email) and (create_time, id) < (@before_time::timestamptz, @before_id::uuid) and (@state::text = '' or state = @state)
order by create_time desc, id desc limit @count;

-- name: ListGiftCardsByNote :many
-- ListGiftCardsByNote finds cards whose notes have all of the words.
select * from gift_cards
where to_tsvector('simple', note) @@ plainto_tsquery('simple', @words) and (create_time, id) < (@before_time::timestamptz, @before_id::uuid)
    and (@state::text = '' or state = @state)
order by create_time desc, id desc limit @count;
