package fetch

import (
	"net/netip"
	"net/url"
	"testing"
)

// Every address that leads into somebody's own network is refused, by its own reason.
func TestRefusal(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		why    string
		onSite string // the reason when private addresses are allowed
	}{
		"93.184.215.14":        {},
		"1.1.1.1":              {},
		"172.32.0.1":           {},
		"100.128.0.1":          {},
		"2606:2800:21f::1":     {},
		"2a00:1450:4001::8":    {},
		"127.0.0.1":            {why: "a loopback address"},
		"127.255.1.2":          {why: "a loopback address"},
		"::1":                  {why: "a loopback address"},
		"10.1.2.3":             {why: "a private address"},
		"172.16.0.1":           {why: "a private address"},
		"172.31.255.255":       {why: "a private address"},
		"192.168.1.1":          {why: "a private address"},
		"fd12:3456::1":         {why: "a private address"},
		"100.64.0.1":           {why: "a shared carrier (CGNAT) address"},
		"0.0.0.0":              {why: "an unspecified address", onSite: "an unspecified address"},
		"0.1.2.3":              {why: "an unspecified address", onSite: "an unspecified address"},
		"::":                   {why: "an unspecified address", onSite: "an unspecified address"},
		"169.254.169.254":      {why: "a cloud metadata address", onSite: "a cloud metadata address"},
		"fd00:ec2::254":        {why: "a cloud metadata address", onSite: "a cloud metadata address"},
		"168.63.129.16":        {why: "a cloud metadata address", onSite: "a cloud metadata address"},
		"100.100.100.200":      {why: "a cloud metadata address", onSite: "a cloud metadata address"},
		"169.254.1.1":          {why: "a link-local address", onSite: "a link-local address"},
		"fe80::1":              {why: "a link-local address", onSite: "a link-local address"},
		"fe80::1%eth0":         {why: "an address with a zone", onSite: "an address with a zone"},
		"224.0.0.251":          {why: "a multicast address", onSite: "a multicast address"},
		"ff02::1":              {why: "a multicast address", onSite: "a multicast address"},
		"255.255.255.255":      {why: "a reserved or broadcast address", onSite: "a reserved or broadcast address"},
		"::ffff:127.0.0.1":     {why: "an IPv4 address in IPv6 form", onSite: "an IPv4 address in IPv6 form"},
		"::ffff:8.8.8.8":       {why: "an IPv4 address in IPv6 form", onSite: "an IPv4 address in IPv6 form"},
		"::127.0.0.1":          {why: "an IPv4 address in IPv6 form", onSite: "an IPv4 address in IPv6 form"},
		"64:ff9b::7f00:1":      {why: "a NAT64 address", onSite: "a NAT64 address"},
		"64:ff9b:1::a9fe:a9fe": {why: "a NAT64 address", onSite: "a NAT64 address"},
		"2002:7f00:1::":        {why: "a 6to4 address", onSite: "a 6to4 address"},
		"2001:0:4136::1":       {why: "a Teredo address", onSite: "a Teredo address"},
		"2001:db8::1":          {why: "a documentation address", onSite: "a documentation address"},
		"198.18.0.1":           {why: "a benchmark address", onSite: "a benchmark address"},
		"192.88.99.1":          {why: "a 6to4 relay address", onSite: "a 6to4 relay address"},
		"4000::1":              {why: "not a global address", onSite: "not a global address"},
		"100::1":               {why: "not a global address", onSite: "not a global address"},
	}
	for text, tc := range tests {
		addr := netip.MustParseAddr(text)
		if got := refusal(addr, false); got != tc.why {
			t.Errorf("%s: %q, want %q", text, got, tc.why)
		}
		if got := refusal(addr, true); got != tc.onSite {
			t.Errorf("%s with private addresses allowed: %q, want %q", text, got, tc.onSite)
		}
	}
}

// The standard library knows fewer special addresses than we do; it must never know one that we let pass, and an
// IPv4 address that is refused must not pass in any of its IPv6 forms.
func FuzzRefusal(f *testing.F) {
	for _, seed := range []string{"127.0.0.1", "8.8.8.8", "::ffff:10.0.0.1", "64:ff9b::1", "2002:a00:1::", "fe80::1", "2606:4700::1111"} {
		f.Add(netip.MustParseAddr(seed).AsSlice())
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		addr, ok := netip.AddrFromSlice(raw)
		if !ok {
			return
		}
		why, onSite := refusal(addr, false), refusal(addr, true)
		if why == "" && onSite != "" {
			t.Errorf("%s passes, but not when more is allowed: %s", addr, onSite)
		}
		never := addr.IsMulticast() || addr.IsLinkLocalUnicast() || addr.IsUnspecified() || addr.Is4In6()
		if never && onSite == "" {
			t.Errorf("%s passes when private addresses are allowed", addr)
		}
		if (never || addr.IsPrivate() || addr.IsLoopback() || !addr.IsGlobalUnicast()) && why == "" {
			t.Errorf("%s passes", addr)
		}
		if addr.Is4() {
			four := addr.As4()
			forms := map[string][]byte{
				"mapped":     append([]byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, four[:]...),
				"compatible": append(make([]byte, 12), four[:]...),
				"6to4":       append(append([]byte{0x20, 0x02}, four[:]...), make([]byte, 10)...),
				"NAT64":      append([]byte{0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0}, four[:]...),
			}
			for name, form := range forms {
				six, _ := netip.AddrFromSlice(form)
				if refusal(six, true) == "" && !six.IsLoopback() { // 0.0.0.1 in compatible form is ::1, which is itself
					t.Errorf("%s passes as %s, the %s form", addr, six, name)
				}
			}
		}
	})
}

// Whatever is typed as an address, the check neither panics nor passes a literal that must not be reached.
func FuzzCheck(f *testing.F) {
	for _, seed := range []string{
		"https://shop.example/feed.csv", "https://127.0.0.1/", "https://[::1]/", "https://[fe80::1%25eth0]/", "https://2130706433/",
		"https://0x7f.0.0.1/", "https://0177.0.0.1/", "https://127.1/", "https://127.0.0.1./", "https://user@host/", "file:///etc/passwd", "https://a:99/", "//x", "https://%31%32%37.0.0.1/",
	} {
		f.Add(seed)
	}
	client := New(Config{})
	f.Fuzz(func(t *testing.T, address string) {
		if client.Check(address) != nil {
			return
		}
		u, err := url.Parse(address)
		if err != nil || u.Scheme != "https" || u.User != nil || u.Hostname() == "" {
			t.Fatalf("%q passes", address)
		}
		if addr, err := netip.ParseAddr(u.Hostname()); err == nil && (addr.IsPrivate() || addr.IsLoopback() || !addr.IsGlobalUnicast()) {
			t.Errorf("%q passes", address)
		}
	})
}
