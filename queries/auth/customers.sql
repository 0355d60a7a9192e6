-- name: CreateCustomer :one
-- CreateCustomer opens an account, and returns nothing if there is one. It waits for another that is opening it.
insert into auth_customers (id, email, create_time) values (@id, @email, @create_time)
on conflict (email) do nothing
returning *;

-- name: FindCustomerByEmail :one
select * from auth_customers where email = @email;

-- name: GetCustomers :many
select * from auth_customers where id = any(sqlc.arg(ids)::uuid[]);
