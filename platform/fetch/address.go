package fetch

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// reserved is address space that no feed, picture or webhook lives in, the most telling reason first. It follows
// IANA's special-purpose registries and adds the addresses where clouds answer with credentials.
var reserved = []struct {
	prefix netip.Prefix
	why    string
	onSite bool // may be reached when the shop is told to reach private addresses
}{
	{netip.MustParsePrefix("169.254.169.254/32"), "a cloud metadata address", false},
	{netip.MustParsePrefix("fd00:ec2::254/128"), "a cloud metadata address", false},
	{netip.MustParsePrefix("168.63.129.16/32"), "a cloud metadata address", false},
	{netip.MustParsePrefix("100.100.100.200/32"), "a cloud metadata address", false},
	{netip.MustParsePrefix("192.0.0.192/32"), "a cloud metadata address", false},
	{netip.MustParsePrefix("0.0.0.0/8"), "an unspecified address", false},
	{netip.MustParsePrefix("::/128"), "an unspecified address", false},
	{netip.MustParsePrefix("127.0.0.0/8"), "a loopback address", true},
	{netip.MustParsePrefix("::1/128"), "a loopback address", true},
	{netip.MustParsePrefix("10.0.0.0/8"), "a private address", true},
	{netip.MustParsePrefix("172.16.0.0/12"), "a private address", true},
	{netip.MustParsePrefix("192.168.0.0/16"), "a private address", true},
	{netip.MustParsePrefix("fc00::/7"), "a private address", true},
	{netip.MustParsePrefix("100.64.0.0/10"), "a shared carrier (CGNAT) address", true},
	{netip.MustParsePrefix("169.254.0.0/16"), "a link-local address", false},
	{netip.MustParsePrefix("fe80::/10"), "a link-local address", false},
	{netip.MustParsePrefix("fec0::/10"), "a site-local address", false},
	{netip.MustParsePrefix("224.0.0.0/4"), "a multicast address", false},
	{netip.MustParsePrefix("ff00::/8"), "a multicast address", false},
	{netip.MustParsePrefix("240.0.0.0/4"), "a reserved or broadcast address", false},
	{netip.MustParsePrefix("192.0.0.0/24"), "a reserved address", false},
	{netip.MustParsePrefix("192.88.99.0/24"), "a 6to4 relay address", false},
	{netip.MustParsePrefix("198.18.0.0/15"), "a benchmark address", false},
	{netip.MustParsePrefix("192.0.2.0/24"), "a documentation address", false},
	{netip.MustParsePrefix("198.51.100.0/24"), "a documentation address", false},
	{netip.MustParsePrefix("203.0.113.0/24"), "a documentation address", false},
	{netip.MustParsePrefix("2001:db8::/32"), "a documentation address", false},
	{netip.MustParsePrefix("3fff::/20"), "a documentation address", false},
	// Forms of IPv6 that carry an IPv4 address, which a gateway or this machine would unpack again.
	{netip.MustParsePrefix("::/96"), "an IPv4 address in IPv6 form", false},
	{netip.MustParsePrefix("64:ff9b::/96"), "a NAT64 address", false},
	{netip.MustParsePrefix("64:ff9b:1::/48"), "a NAT64 address", false},
	{netip.MustParsePrefix("2002::/16"), "a 6to4 address", false},
	{netip.MustParsePrefix("2001::/32"), "a Teredo address", false},
	{netip.MustParsePrefix("2001::/23"), "a reserved address", false},
}

// public is where IPv6 hosts that everyone can reach live. All else is refused, named above or not.
var public = netip.MustParsePrefix("2000::/3")

// refusal says why an address must not be connected to; an empty string permits it.
func refusal(addr netip.Addr, allowPrivate bool) string {
	switch {
	case !addr.IsValid():
		return "not an address"
	case addr.Zone() != "":
		return "an address with a zone"
	case addr.Is4In6():
		return "an IPv4 address in IPv6 form" // no prefix below contains such an address
	}
	for _, r := range reserved {
		if r.prefix.Contains(addr) {
			if r.onSite && allowPrivate {
				return ""
			}
			return r.why
		}
	}
	if addr.Is6() && !public.Contains(addr) {
		return "not a global address"
	}
	return ""
}

// checkHost refuses a host that is a forbidden address, or a number such as 2130706433, 0x7f.1 or 0177.0.0.1, which
// some resolvers read as an address. A name is checked by what it resolves to.
func checkHost(host string, allowPrivate bool) error {
	if host == "" {
		return errors.New("there is no host")
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		if why := refusal(addr, allowPrivate); why != "" {
			return fmt.Errorf("%s is %s", addr, why)
		}
		return nil
	}
	name := strings.TrimSuffix(host, ".")
	last := name[strings.LastIndexByte(name, '.')+1:]
	if last == "" {
		return errors.New("the host has an empty label")
	}
	if strings.Trim(last, "0123456789") == "" || strings.HasPrefix(strings.ToLower(last), "0x") {
		return errors.New("the host is a number but not an address")
	}
	return nil
}
