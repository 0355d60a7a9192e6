-- name: AddTimelineEntry :exec
insert into order_timeline (id, order_id, time, kind, text, actor) values (@id, @order_id, @time, @kind, @text, @actor);

-- name: ListTimeline :many
-- ListTimeline returns the newest entries first.
select * from order_timeline where order_id = @order_id order by id desc limit 500;

-- name: ListCommented :many
-- ListCommented returns those of some orders that staff have written comments on.
select distinct order_id from order_timeline where order_id = any(@order_ids::uuid[]) and kind = 'comment';
