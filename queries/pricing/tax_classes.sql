-- name: ListTaxClasses :many
select code, name from tax_classes order by code;

-- name: PutTaxClasses :exec
insert into tax_classes (code, name) select unnest(@codes::text[]), unnest(@names::text[])
on conflict (code) do update set name = excluded.name;

-- name: DeleteOtherTaxClasses :exec
-- DeleteOtherTaxClasses removes all classes but these and the standard one. One that a tax is for is kept by its key.
delete from tax_classes where code <> '' and code <> all(@codes::text[]);
