-- +goose Up
-- What there is no end of, such as a file to download. It sells on like what is on order, so holds need to know nothing of it.
alter table stock_items add column unlimited boolean not null default false,
    add constraint stock_item_unlimited check (backorder or not unlimited);
