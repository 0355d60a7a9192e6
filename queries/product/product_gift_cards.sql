-- name: SetGiftCards :exec
-- SetGiftCards makes locked products gift cards, or ordinary products again.
update products set gift_card = @gift_card where id = any(@ids::uuid[]);
