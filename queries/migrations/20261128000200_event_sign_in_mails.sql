-- +goose Up
comment on column event_mails.order_id is 'what the mail is about: an order, for kinds that begin with gift_card a gift card, for sign_in a sign-in';
