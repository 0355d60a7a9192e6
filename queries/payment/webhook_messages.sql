-- name: AddWebhookMessage :many
-- AddWebhookMessage stores a message once. No row comes back for one that is already there.
insert into webhook_messages (id, provider, message_id, payment_id, body, receive_time)
values (@id, @provider, @message_id, (select p.id from payments p where p.id = sqlc.narg(reference)::uuid and p.provider = @provider), @body, @now)
on conflict (provider, message_id) do nothing
returning id, payment_id;

-- name: RemoveOldWebhookMessages :execrows
delete from webhook_messages where id = any(array(
    select m.id from webhook_messages m where m.receive_time < @before order by m.receive_time limit @most
));
