# A caching proxy in front of the shop, for Varnish 6.5 or newer:
#
#   EDGE_PURGE_TOKEN=... varnishd -a :80 -f /etc/varnish/shop.vcl -s malloc,1g
#
# The server is started with TRUSTED_PROXIES naming this machine, the worker with EDGE_PURGE_URLS and the same EDGE_PURGE_TOKEN.
# Public pages are the same for everyone, so they are kept without looking at cookies; the shop says for how long, and which
# pages a change concerns.
vcl 4.1;

import std;

backend shop {
    .host = "127.0.0.1";
    .port = "8080";
    .first_byte_timeout = 30s;
    .probe = {
        .url = "/robots.txt";
        .interval = 2s;
        .timeout = 1s;
        .initial = 8;
    }
}

sub vcl_recv {
    if (req.method == "PURGE") {
        if (std.getenv("EDGE_PURGE_TOKEN") == "" || req.http.Authorization != "Bearer " + std.getenv("EDGE_PURGE_TOKEN")) {
            return (synth(403, "This is not the shop."));
        }
        if (req.http.Surrogate-Key !~ "^[a-z0-9-]+( [a-z0-9-]+)*$") {
            return (synth(400, "Surrogate-Key lists what to forget."));
        }
        # One alternative for each key, between spaces or ends.
        ban("obj.http.Surrogate-Key ~ (^|\s)(" + regsuball(req.http.Surrogate-Key, " ", "|") + ")(\s|$)");
        return (synth(200, "Forgotten"));
    }
    # Who the visitor is, only this proxy says.
    set req.http.X-Forwarded-For = client.ip;
    if (req.method != "GET" && req.method != "HEAD") {
        return (pass);
    }
    if (req.url ~ "^/(cart|checkout|orders/|account|webhooks|tradewind\.|affiliate)") {
        return (pass);
    }
    unset req.http.Cookie;
    unset req.http.Authorization;
    # Old pages are for when the shop is ill.
    if (std.healthy(req.backend_hint)) {
        set req.grace = 60s;
    }
    return (hash);
}

sub vcl_backend_response {
    set beresp.grace = 1h;
    if (beresp.http.Cache-Control ~ "(private|no-store)" || beresp.http.Set-Cookie) {
        set beresp.uncacheable = true;
        set beresp.ttl = 10s;
    }
}

sub vcl_deliver {
    unset resp.http.Surrogate-Key;
    unset resp.http.Via;
    unset resp.http.X-Varnish;
    if (obj.hits > 0) {
        set resp.http.X-Cache = "hit";
    } else {
        set resp.http.X-Cache = "miss";
    }
}
