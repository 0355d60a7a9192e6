-- name: CreateStaff :exec
insert into auth_staff (id, email, display_name, password_hash, permissions, create_time)
values (@id, @email, @display_name, @password_hash, @permissions, @create_time);

-- name: FindStaffByEmail :one
-- FindStaffByEmail expects the e-mail in lower case.
select * from auth_staff where email = @email and not disabled;
