-- name: ClaimMail :execrows
-- ClaimMail gives the mail to one sender: the first, or another once that one has not finished in time.
insert into event_mails (order_id, kind, claimed_time) values (@order_id, @kind, @now)
on conflict (order_id, kind) do update set claimed_time = excluded.claimed_time
where event_mails.sent_time is null and event_mails.skipped_time is null and event_mails.claimed_time < @abandoned;

-- name: SkipMail :exec
-- SkipMail says that a mail is not true any more, so that nobody sends it.
insert into event_mails (order_id, kind, claimed_time, skipped_time) values (@order_id, @kind, @now, @now)
on conflict (order_id, kind) do update set skipped_time = excluded.skipped_time where event_mails.sent_time is null and event_mails.skipped_time is null;

-- name: MarkMailSent :exec
-- MarkMailSent also forgets that another meant to skip the mail: it is out.
update event_mails set sent_time = @now, skipped_time = null where order_id = @order_id and kind = @kind;

-- name: ReleaseMail :exec
-- ReleaseMail lets the next try begin at once, after the mail server did not take the mail.
delete from event_mails where order_id = @order_id and kind = @kind and sent_time is null and skipped_time is null;

-- name: MailDone :one
-- MailDone says whether a mail was sent, or skipped for good.
select exists (select 1 from event_mails where order_id = @order_id and kind = @kind and (sent_time is not null or skipped_time is not null));
