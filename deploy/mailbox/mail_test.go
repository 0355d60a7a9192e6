package main

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// Whatever is wrong with a mail, what could be read is kept and what is wrong is said.
func TestReadMail(t *testing.T) {
	t.Parallel()
	deep := "Content-Type: multipart/mixed; boundary=b0\n\n"
	for i := range 100 {
		deep += fmt.Sprintf("--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n", i, i+1)
	}
	tests := map[string]struct{ raw, subject, text, html, problem string }{
		"plain":              {"Subject: Hi\n\nHello.\n", "Hi", "Hello.\n", "", ""},
		"latin":              {"Subject: =?iso-8859-1?q?Gr=FC=DFe?=\nContent-Type: text/plain; charset=iso-8859-1\n\n\xfcber", "Grüße", "über", "", ""},
		"base64":             {"Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\nPHA+w7w8L3A+\n", "", "", "<p>ü</p>", ""},
		"unknown letters":    {"Subject: Hi\nContent-Type: text/plain; charset=klingon\n\n\xffHello", "Hi", "\uFFFDHello", "", "klingon"},
		"unknown packing":    {"Subject: Hi\nContent-Transfer-Encoding: origami\n\nHello", "Hi", "Hello", "", "origami"},
		"broken base64":      {"Subject: Hi\nContent-Transfer-Encoding: base64\n\nSGVsbG8=!!!!", "Hi", "Hello", "", "base64"},
		"no mail":            {"no header at all", "", "no header at all", "", "no mail"},
		"nested too deeply":  {deep, "", "", "", "nested"},
		"two texts":          {"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nfirst\n--b\n\nsecond\n--b--\n", "", "first", "", ""},
		"an attached page":   {"Content-Type: text/html\nContent-Disposition: attachment; filename=a.html\n\n<p>", "", "", "", ""},
		"cut off in a part":  {"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nfirst", "", "first", "", "EOF"},
		"nothing whatsoever": {"", "", "", "", ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := readMail([]byte(strings.ReplaceAll(tc.raw, "\n", "\r\n")))
			if m.Subject != tc.subject || strings.ReplaceAll(m.Text, "\r\n", "\n") != tc.text || m.HTML != tc.html {
				t.Errorf("read %+v", m)
			}
			if (m.Problem == "") != (tc.problem == "") || !strings.Contains(m.Problem, tc.problem) {
				t.Errorf("the problem is %q, want %q", m.Problem, tc.problem)
			}
		})
	}
}

// Whatever comes, reading it ends, makes nothing up, and gives text that pages can show.
func FuzzReadMail(f *testing.F) {
	f.Add([]byte("Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHello\r\n" +
		"--b\r\nContent-Type: text/html; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<a href=3D\"https://shop.example/\">\xfc</a>\r\n--b--\r\n"))
	f.Add([]byte("Content-Type: application/pdf; name=x\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVsbG8=\r\n"))
	f.Add([]byte("not a mail"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := readMail(raw)
		shown := []string{m.Subject, m.Text, m.HTML, m.Problem}
		for _, h := range m.Headers {
			shown = append(shown, h.Name, h.Value)
		}
		size := 0
		for _, a := range m.Attachments {
			shown = append(shown, a.Name, a.Type)
			size += int(a.Size)
		}
		for _, text := range shown {
			if !utf8.ValidString(text) {
				t.Errorf("not UTF-8: %q", text)
			}
		}
		if size += len(m.Text) + len(m.HTML); size > 10*len(raw) {
			t.Errorf("%d bytes became %d", len(raw), size)
		}
		for _, link := range m.Links {
			if !strings.HasPrefix(link, "http://") && !strings.HasPrefix(link, "https://") {
				t.Errorf("a link to %q", link)
			}
		}
	})
}
