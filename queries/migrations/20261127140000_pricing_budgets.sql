-- +goose Up
-- What is left of budgets is read with each cart, so that no cart is promised more.
create index promotion_limits_budget on promotion_limits (promotion_id) where budget_minor > 0 and spent_minor < budget_minor;

-- An order that was given up may be kept after all when its money comes late: what it used is counted again, by the same rules.
alter table promotion_redemptions add column first_order boolean not null default false;
