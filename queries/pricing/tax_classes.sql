-- name: ListTaxClasses :many
select code, name from tax_classes order by code;

-- name: PutTaxClasses :exec
insert into tax_classes (code, name) select unnest(@codes::text[]), unnest(@names::text[])
on conflict (code) do update set name = excluded.name;

-- name: DeleteTaxClasses :exec
-- DeleteTaxClasses removes some classes, but never the standard one. One that a tax is for is kept by its key.
delete from tax_classes where code <> '' and code = any(@codes::text[]);
