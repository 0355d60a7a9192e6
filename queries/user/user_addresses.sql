-- name: ListUserAddresses :many
-- ListUserAddresses returns the preferred one first, then the newest.
select * from user_addresses where profile_id = @profile_id order by preferred desc, id desc limit 100;

-- name: AddUserAddress :exec
insert into user_addresses (id, profile_id, address, preferred, create_time, update_time) values (@id, @profile_id, @address, @preferred, @now, @now);

-- name: ChangeUserAddress :exec
update user_addresses set address = @address, update_time = @now where id = @id and profile_id = @profile_id;

-- name: UnpreferUserAddresses :exec
update user_addresses set preferred = false, update_time = @now where profile_id = @profile_id and preferred;

-- name: PreferUserAddress :exec
-- PreferUserAddress comes after the others are not preferred any more.
update user_addresses set preferred = true, update_time = @now where id = @id and profile_id = @profile_id;

-- name: RemoveUserAddress :one
delete from user_addresses where id = @id and profile_id = @profile_id returning *;
