package web

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
)

// Proxies are the addresses whose word about a visitor's address is taken: load balancers and the edge. None by default.
type Proxies []netip.Prefix

// UnmarshalText reads addresses and networks separated by commas, such as "10.0.0.0/8, 192.0.2.7".
func (p *Proxies) UnmarshalText(text []byte) error {
	*p = nil
	for item := range strings.SplitSeq(string(text), ",") {
		item = strings.TrimSpace(item)
		if item == "" {
			continue
		}
		prefix, err := netip.ParsePrefix(item)
		if addr, addrErr := netip.ParseAddr(item); err != nil && addrErr == nil {
			prefix, err = addr.Prefix(addr.BitLen())
		}
		if err != nil {
			return fmt.Errorf("%q is neither an address nor a network", item)
		}
		*p = append(*p, prefix.Masked())
	}
	return nil
}

// MarshalText writes what UnmarshalText reads.
func (p Proxies) MarshalText() ([]byte, error) {
	texts := make([]string, len(p))
	for i, prefix := range p {
		texts[i] = prefix.String()
	}
	return []byte(strings.Join(texts, ",")), nil
}

func (p Proxies) contain(addr netip.Addr) bool {
	for _, prefix := range p {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

// client is the visitor's address, and whether the connection itself came from a trusted proxy. X-Forwarded-For is read
// from its end, where our own proxies write, up to the first address that is not one of them; what stands before that
// anybody can have written.
func (p Proxies) client(r *http.Request) (client netip.Addr, viaProxy bool) {
	client = peer(r)
	if !p.contain(client) {
		return client, false
	}
	hops := strings.Split(strings.Join(r.Header["X-Forwarded-For"], ","), ",")
	for i := len(hops) - 1; i >= 0 && p.contain(client); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		client = hop.Unmap().WithZone("")
	}
	return client, true
}

func peer(r *http.Request) netip.Addr {
	connection, _ := netip.ParseAddrPort(r.RemoteAddr)
	return connection.Addr().Unmap().WithZone("")
}

// forwarding are headers by which proxies speak about visitors, beside all that begin with X-Forwarded-. They are removed
// once the address is known, so that nothing further in can come to believe them.
var forwarding = map[string]bool{
	"Forwarded": true, "X-Real-Ip": true, "X-Client-Ip": true, "X-Cluster-Client-Ip": true, "True-Client-Ip": true,
	"Cf-Connecting-Ip": true, "Cf-Connecting-Ipv6": true, "Fastly-Client-Ip": true, "X-Remote-User": true,
	"X-Original-Url": true, "X-Original-Host": true, "X-Rewrite-Url": true, "X-Http-Method-Override": true,
}

func dropForwarding(header http.Header) {
	for name := range header {
		if forwarding[name] || strings.HasPrefix(name, "X-Forwarded-") {
			delete(header, name)
		}
	}
}

// Identify lets handlers of a private port know the visitor's address, as Edge does in public.
func (p Proxies) Identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		client, _ := p.client(r)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), visitKey{}, &visit{client: client})))
	})
}

// Forward tells another process who the visitor is on whose behalf it is called, as a proxy does. It is believed where this process is
// one of the trusted proxies.
func Forward(next http.RoundTripper) http.RoundTripper { return forward{next} }

type forward struct{ next http.RoundTripper }

func (f forward) RoundTrip(r *http.Request) (*http.Response, error) {
	if client := Client(r.Context()); client.IsValid() {
		r = r.Clone(r.Context())
		r.Header["X-Forwarded-For"] = []string{client.String()}
	}
	return f.next.RoundTrip(r)
}

type visitKey struct{}

// visit is what the edge knows about a request, and what the pages tell it for its log.
type visit struct {
	client netip.Addr
	route  string
}

func visitOf(ctx context.Context) *visit {
	v, _ := ctx.Value(visitKey{}).(*visit)
	return v
}

// Client is the visitor's address, as far as trusted proxies tell it. It is not valid outside Edge and on public pages.
func Client(ctx context.Context) netip.Addr {
	if v := visitOf(ctx); v != nil {
		return v.client
	}
	return netip.Addr{}
}

// ClientNetwork is what limits count by: the address, or for IPv6 its /64, of which one visitor has all. It is empty where Client is
// not valid.
func ClientNetwork(ctx context.Context) string {
	addr := Client(ctx)
	if !addr.IsValid() {
		return ""
	}
	if addr.Is6() {
		if network, err := addr.Prefix(64); err == nil {
			return network.String()
		}
	}
	return addr.String()
}
