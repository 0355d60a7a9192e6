-- name: CollectLess :exec
-- CollectLess notes that less is collected on delivery. Nobody else keeps a record of it, so the version is ours to raise: what was to be stored of before is not newer then.
update payments set authorized_minor = @authorized_minor, provider_version = provider_version + 1, update_time = @now where id = @id and provider = 'on_delivery';
