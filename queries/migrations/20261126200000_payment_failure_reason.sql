-- +goose Up
-- Why an attempt failed, where the shopper can do something about it. Until now pages read it out of the words for staff.
alter table payments add column failure_reason text not null default ''
    constraint payment_failure_reason check (failure_reason in ('', 'declined', 'cancelled'));
update payments set failure_reason = case problem when 'declined' then 'declined' else 'cancelled' end
where state = 'failed' and problem in ('declined', 'cancelled by the shopper');
