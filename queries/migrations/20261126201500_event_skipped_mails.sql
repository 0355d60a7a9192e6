-- +goose Up
-- A mail can be late: with the mail server down, an order expires, is paid after all, and its shopper must not read then that it was not paid.
alter table event_mails
    add column skipped_time timestamptz, -- when it turned out to be true no more, and is not sent
    add constraint event_mail_sent_or_skipped check (sent_time is null or skipped_time is null);
