-- name: AddWebhookMessage :many
-- AddWebhookMessage stores a message once. No row comes back for one that is already there. A provider that names no reference of ours, as for
-- disputes, names the payment by its own number.
insert into webhook_messages (id, provider, message_id, payment_id, body, receive_time)
values (@id, @provider, @message_id, coalesce(
    (select p.id from payments p where p.id = sqlc.narg(reference)::uuid and p.provider = @provider),
    (select p.id from payments p where p.provider = @provider and p.provider_reference = @provider_reference and p.provider_reference <> '' limit 1)), @body, @now)
on conflict (provider, message_id) do nothing
returning id, payment_id;

-- name: RemoveOldWebhookMessages :execrows
delete from webhook_messages where id = any(array(
    select m.id from webhook_messages m where m.receive_time < @before order by m.receive_time limit @most
));
