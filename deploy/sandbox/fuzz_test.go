package main

import (
	"strings"
	"testing"
)

// Whatever is in the file, reading it never panics and never makes up money.
func FuzzReadEntries(f *testing.F) {
	f.Add(`{"time":"2026-01-02T03:04:05Z","kind":"created","payment_id":"pay_1","session":{"reference":"a","amount_minor":5,"currency":"EUR"},"key":"k"}
{"kind":"captured","payment_id":"pay_1","amount_minor":5}
{"kind":"refunded","payment_id":"pay_1","amount_minor":2,"key":"r"}
{"kind":"broken_key","payment_id":"pay_1","key":"r"}
{"kind":"sent","payment_id":"pay_1","message":"evt_1_2"}
`)
	f.Add(`{"kind":"created","payment_id":"pay_1","session":{"reference":"a","amount_minor":5,"currency":"EUR","capture_later":true,"customer":"c","save_method":true}}
{"kind":"authorized","payment_id":"pay_1","method":{"brand":"visa","saved_id":"pm_1"}}
{"kind":"captured","payment_id":"pay_1","amount_minor":3,"key":"k","metadata":{"a":"b"}}
{"kind":"disputed","payment_id":"pay_1","amount_minor":2,"dispute":"dp_1"}
{"kind":"dispute_won","payment_id":"pay_1","dispute":"dp_1"}
{"kind":"released","payment_id":"pay_1"}
{"kind":"noted","payment_id":"pay_1","metadata":{"a":"b"}}
{"kind":"answered","payment_id":"pay_1","key":"k","answer":{"status":200,"body":"e30="}}
{"kind":"forgot_method","reason":"c","method":{"saved_id":"pm_1"}}
`)
	f.Add("{}\nnull\n")
	f.Fuzz(func(t *testing.T, file string) {
		b := &book{
			clock: &clock{}, payments: map[string]*payment{}, byReference: map[string]string{}, keys: map[string]use{},
			methods: map[string][]method{}, open: map[string]bool{}, unsent: map[string]message{},
		}
		size, err := readEntries(strings.NewReader(file), b.apply)
		if size > int64(len(file)) || err == nil && size > 0 && file[size-1] != '\n' {
			t.Errorf("read %d of %d bytes", size, len(file))
		}
		for _, p := range b.payments {
			if p.RefundedMinor < 0 || p.RefundedMinor > p.CapturedMinor || p.CapturedMinor > p.AmountMinor || p.reserved() < 0 || p.disputed() > p.CapturedMinor-p.RefundedMinor {
				t.Errorf("payment %+v", p)
			}
		}
	})
}

// An address that a shop sends ends up in the page's policy, so nothing in it may end one rule and start another.
func FuzzOrigin(f *testing.F) {
	f.Add("https://shop.example/return?x=1")
	f.Add("http://[::1]:8080/;script-src *")
	f.Add("https://a;b/")
	f.Fuzz(func(t *testing.T, address string) {
		shop, err := origin(address)
		if err == nil && (strings.ContainsAny(shop, " ;,'\"\r\n\t*\\@") || !strings.HasPrefix(shop, "http")) {
			t.Errorf("origin %q of %q", shop, address)
		}
	})
}
