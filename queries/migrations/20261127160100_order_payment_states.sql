-- +goose Up
-- An order of which a part went back before there was a state for it still says that it is paid. Its payment will not be settled again, so it says so from here.
update orders o set payment_state = 'partly_refunded'
from (select order_id, sum(captured_minor - refunded_minor) as kept from payments group by order_id having sum(refunded_minor) > 0) p
where p.order_id = o.id and o.payment_state = 'paid' and p.kept > 0 and p.kept < o.total_minor;
