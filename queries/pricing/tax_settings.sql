-- name: GetTaxSettings :one
select country_code, vat_number, exempt_groups, version from tax_settings;

-- name: SetTaxSettings :execrows
-- SetTaxSettings changes nothing when somebody else did since.
update tax_settings set country_code = @country_code, vat_number = @vat_number, exempt_groups = @exempt_groups::text[], version = version + 1
where version = @expected_version;
