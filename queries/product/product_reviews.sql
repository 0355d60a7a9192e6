-- name: AddReview :exec
insert into product_reviews (id, product_id, order_id, rating, title, body, author, email, locale, state, create_time, update_time)
values (@id, @product_id, sqlc.narg(order_id)::uuid, @rating, @title, @body, @author, @email, @locale, 'pending', @now, @now);

-- name: IsProductOnSale :one
select exists (select 1 from products where id = @id and state = 'active');

-- name: ListReviews :many
select * from product_reviews
where product_id = @product_id and state = 'published' and id < @before_id
order by id desc
limit @page_size;

-- name: ListReviewsOfRating :many
select * from product_reviews
where product_id = @product_id and state = 'published' and rating = @rating and id < @before_id
order by id desc
limit @page_size;

-- name: ListReviewsHighest :many
select * from product_reviews
where product_id = @product_id and state = 'published' and (rating, id) < (@before_rating::smallint, @before_id::uuid)
order by rating desc, id desc
limit @page_size;

-- name: ListReviewsLowest :many
select * from product_reviews
where product_id = @product_id and state = 'published' and (rating, id) > (@after_rating::smallint, @after_id::uuid)
order by rating, id
limit @page_size;

-- name: ListReviewsInState :many
-- ListReviewsInState pages through what waits from the newest on.
select sqlc.embed(r), (select p.name from products p where p.id = r.product_id)::text as product_name from product_reviews r
where r.state = @state and r.id < @before_id
order by r.id desc
limit @page_size;

-- name: LockReviews :many
-- LockReviews returns reviews in the order in which everybody locks them.
select * from product_reviews where id = any(@ids::uuid[]) order by id for update;

-- name: SetReviewStates :exec
update product_reviews set state = @state, moderated_by = @moderated_by, update_time = @now where id = any(@ids::uuid[]);

-- name: ReplyReview :exec
update product_reviews set reply = @reply, reply_time = sqlc.narg(reply_time)::timestamptz, update_time = @now where id = @id;

-- name: AddRatings :exec
-- AddRatings counts reviews that came or, with a negative number, went. Counts are locked in one order.
insert into product_ratings as r (product_id, rating, reviews)
select new.product_id, new.rating, new.reviews from (
    select unnest(@product_ids::uuid[]) as product_id, unnest(@ratings::smallint[]) as rating, unnest(@reviews::bigint[]) as reviews
) new
order by new.product_id, new.rating
on conflict (product_id, rating) do update set reviews = r.reviews + excluded.reviews;

-- name: ListRatings :many
select product_id, rating, reviews from product_ratings where product_id = any(@product_ids::uuid[]) order by product_id, rating;
