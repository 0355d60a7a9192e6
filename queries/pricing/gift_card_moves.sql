-- name: ListGiftCardMoves :many
-- ListGiftCardMoves returns what happened to a card, newest first.
select * from gift_card_moves where gift_card_id = @gift_card_id order by id desc limit @count;

-- name: GetGiftCardMove :one
select * from gift_card_moves where gift_card_id = @gift_card_id and key = @key;

-- name: ListPaymentMoves :many
-- ListPaymentMoves returns what a payment took off its card and gave back to it, oldest first.
select sqlc.embed(m), g.currency_code from gift_card_moves m join gift_cards g on g.id = m.gift_card_id where m.payment_id = @payment_id order by m.id limit 1000;

-- name: ListStatementMoves :many
-- ListStatementMoves returns a page of what payments moved since a time, oldest first.
select sqlc.embed(m), g.currency_code from gift_card_moves m join gift_cards g on g.id = m.gift_card_id
where m.payment_id is not null and m.create_time >= @from_time and (m.create_time, m.id) > (@after_time::timestamptz, @after_id::uuid)
order by m.create_time, m.id limit @count;

-- name: ListMovesByID :many
select sqlc.embed(m), g.currency_code, g.source from gift_card_moves m join gift_cards g on g.id = m.gift_card_id where m.id = any(@ids::uuid[]) limit 500;
