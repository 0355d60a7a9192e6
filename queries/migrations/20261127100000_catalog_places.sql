-- +goose Up
-- What stands in a product's name is part of its head, and that of its text, so a word is kept under each of these: wherever it is looked for, one
-- list of an index says who has it. Refreshes wait, so that none is in the way, and shoppers do not.
lock table catalog_products in share row exclusive mode;
update catalog_products p set terms = p.terms || array_to_tsvector(array(
    select regexp_replace(term, '^([A-Za-z0-9-]+:)?(name|head)=', '\1' || place || '=')
    from unnest(tsvector_to_array(p.terms)) term, unnest(array['head', 'word']) place
    where term ~ '^([A-Za-z0-9-]+:)?(name|head)='
));
