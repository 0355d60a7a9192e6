-- name: ClaimMail :execrows
-- ClaimMail gives the mail to one sender: the first, or another once that one has not finished in time.
insert into event_mails (order_id, kind, claimed_time) values (@order_id, @kind, @now)
on conflict (order_id, kind) do update set claimed_time = excluded.claimed_time
where event_mails.sent_time is null and event_mails.claimed_time < @abandoned;

-- name: MarkMailSent :exec
update event_mails set sent_time = @now where order_id = @order_id and kind = @kind;

-- name: ReleaseMail :exec
-- ReleaseMail lets the next try begin at once, after the mail server did not take the mail.
delete from event_mails where order_id = @order_id and kind = @kind and sent_time is null;

-- name: MailSent :one
select exists (select 1 from event_mails where order_id = @order_id and kind = @kind and sent_time is not null);
