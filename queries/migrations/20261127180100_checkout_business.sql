-- +goose Up
-- What shoppers say beside where it goes: that they fetch it, the number by which the tax office knows a business, words for the shop, and words for a card in the parcel.
alter table carts
    add column pickup       boolean not null default false, -- the shopper fetches the goods
    add column vat_number   text not null default '' constraint cart_vat_number check (length(vat_number) <= 40),
    add column note         text not null default '' constraint cart_note check (length(note) <= 500),
    add column gift_message text not null default '' constraint cart_gift_message check (length(gift_message) <= 300);
