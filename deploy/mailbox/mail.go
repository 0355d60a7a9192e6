package main

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // mails in other encodings than UTF-8
)

// mail is one message as its recipients see it.
type mail struct {
	ID   int64     `json:"id"`
	Time time.Time `json:"time"` // when it came
	// From and To are who really sends and gets it: what the server was told, not what the headers say.
	From    string   `json:"from"`
	To      []string `json:"to"`
	Subject string   `json:"subject"`
	// Text and HTML are its first parts of each kind; all others are attachments.
	Text string `json:"text"`
	HTML string `json:"html"`
	// Links are where the HTML part leads to, in its order.
	Links       []string     `json:"links"`
	Headers     []header     `json:"headers"`
	Attachments []attachment `json:"attachments"`
	// Problem is what is wrong with the message. What could be read is shown nevertheless.
	Problem string `json:"problem,omitempty"`
}

type header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type attachment struct {
	Name string `json:"name"`
	Type string `json:"type"`
	Size int64  `json:"size"` // in bytes, unpacked
}

// mostNested is how many parts may lie within each other; each costs every byte inside once more.
const mostNested = 10

var errNested = errors.New("its parts are nested too deeply")

// readMail takes a message apart. All texts come out in UTF-8.
func readMail(raw []byte) mail {
	m := mail{Links: []string{}, Headers: []header{}, Attachments: []attachment{}}
	root, err := message.Read(bytes.NewReader(raw))
	if root == nil {
		m.Text, m.Problem = plain(raw), "this is no mail: "+plain([]byte(err.Error()))
		return m
	}
	m.Subject = text(root.Header, "Subject")
	for fields := root.Header.Fields(); fields.Next(); {
		value, _ := fields.Text() // in an unknown encoding: as it came
		m.Headers = append(m.Headers, header{plain([]byte(fields.Key())), plain([]byte(value))})
	}
	var had struct{ text, html bool }
	err = errors.Join(err, root.Walk(func(path []int, part *message.Entity, unknown error) error {
		if len(path) > mostNested {
			return errNested
		}
		if part.MultipartReader() != nil {
			return unknown
		}
		kind, parameters, _ := part.Header.ContentType()
		disposition, more, _ := part.Header.ContentDisposition()
		content, err := io.ReadAll(part.Body)
		switch {
		case (kind == "" || kind == "text/plain") && disposition != "attachment" && !had.text:
			m.Text, had.text = plain(content), true
		case kind == "text/html" && disposition != "attachment" && !had.html:
			m.HTML, had.html = plain(content), true
		default:
			name := more["filename"]
			if name == "" {
				name = parameters["name"]
			}
			m.Attachments = append(m.Attachments, attachment{plain([]byte(name)), plain([]byte(kind)), int64(len(content))})
		}
		return errors.Join(unknown, err)
	}))
	if err != nil {
		m.Problem = plain([]byte(err.Error()))
	}
	m.Links = append(m.Links, links(m.HTML)...)
	return m
}

// text is a header's value as people read it.
func text(h message.Header, name string) string {
	value, _ := h.Text(name)
	return plain([]byte(value))
}

func plain(content []byte) string { return strings.ToValidUTF8(string(content), "\uFFFD") }

// links are the addresses on the web that a page leads to.
func links(page string) []string {
	document, err := goquery.NewDocumentFromReader(strings.NewReader(page))
	if err != nil {
		return nil
	}
	var found []string
	for _, a := range document.Find("a[href]").EachIter() {
		if href := a.AttrOr("href", ""); strings.HasPrefix(href, "https://") || strings.HasPrefix(href, "http://") {
			found = append(found, href)
		}
	}
	return found
}
