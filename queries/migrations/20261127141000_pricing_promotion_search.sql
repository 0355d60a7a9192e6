-- +goose Up
-- Staff look for a code by its beginning; comparing bytes makes that a range, whatever the language of the database.
create index promotion_codes_search on promotion_codes (promotion_id, code collate "C");
-- How often a promotion was used, in all and by day, is counted without reading its redemptions themselves.
create index promotion_redemptions_usage on promotion_redemptions (promotion_id, create_time) include (amount_minor) where not released;
