-- +goose Up
alter table carts drop constraint cart_payment_method;
alter table carts add constraint cart_payment_method check (payment_method in ('', 'hosted', 'on_delivery', 'bank_transfer'));
