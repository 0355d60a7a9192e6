package feed

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// decoder understands one record: our own shape, whose fields are named in the decision on product sync, and Best Buy's, which
// has one "image" and neither key nor stock. Fields it does not know are left alone.
type decoder struct {
	json *jsontext.Decoder
	in   bytes.Reader
}

func newDecoder() *decoder {
	d := &decoder{}
	d.json = jsontext.NewDecoder(&d.in)
	return d
}

// errShape says that a value has the wrong JSON type; it has been refused by name.
var errShape = errors.New("wrong type")

// draft is a record as it is written, before its parts are put together.
type draft struct {
	*decoder
	b        *build
	id       string
	title    string // what other shops call the name
	currency string
	single   draftVariant // of a product that lists no variants
	variants []draftVariant
	options  []Option
	images   []draftImage
}

// draftImage is a picture as it is written.
type draftImage struct{ column, source, alt string }

// record fills the build from a record's bytes.
func (d *decoder) record(b *build, raw []byte) {
	d.in.Reset(raw)
	d.json.Reset(&d.in)
	r := &draft{decoder: d, b: b}
	r.b.p.State = Active
	if d.json.PeekKind() != '{' {
		b.refuseProduct(b.p.Row, "", string(raw[:min(len(raw), 4*maxValue)]), "This record is not an object: a product is written { ... }.")
		return
	}
	err := r.object(r.field)
	var syntax *jsontext.SyntacticError
	switch {
	case errors.As(err, &syntax):
		column := strings.ReplaceAll(strings.TrimPrefix(string(syntax.JSONPointer), "/"), "/", ".")
		why := syntax.Err.Error()
		if strings.Contains(why, "UTF-8") {
			why = notUTF8
		}
		if errors.Is(syntax.Err, jsontext.ErrDuplicateName) {
			why = "is there twice"
		}
		b.refuseProduct(b.p.Row, column, "", "This record is not valid JSON: "+why+".")
	case err != nil && !errors.Is(err, errShape):
		b.refuseProduct(b.p.Row, "", "", "This record is not valid JSON.")
	default:
		r.assemble()
	}
}

// object reads an object and hands each name to field, which reads the value.
func (r *draft) object(field func(name string) error) error {
	if _, err := r.json.ReadToken(); err != nil {
		return err
	}
	for r.json.PeekKind() != '}' {
		name, err := r.json.ReadToken()
		if err != nil {
			return err
		}
		if err := field(name.String()); err != nil && !errors.Is(err, errShape) {
			return err
		}
	}
	_, err := r.json.ReadToken()
	return err
}

// list reads an array and calls element for each of its values; null is an empty one.
func (r *draft) list(column string, element func(i int) error) error {
	switch r.json.PeekKind() {
	case 'n':
		return r.json.SkipValue()
	case '[':
	default:
		return r.wrong(column, "must be an array")
	}
	if _, err := r.json.ReadToken(); err != nil {
		return err
	}
	for i := 0; r.json.PeekKind() != ']'; i++ {
		if err := element(i); err != nil && !errors.Is(err, errShape) {
			return err
		}
	}
	_, err := r.json.ReadToken()
	return err
}

// wrong refuses a value of the wrong type and steps over it.
func (r *draft) wrong(column, reason string) error {
	value, err := r.json.ReadValue()
	if err != nil {
		return err
	}
	r.b.refuseProduct(r.b.p.Row, column, string(value[:min(len(value), 4*maxValue)]), reason)
	return errShape
}

// scalar reads a text, a number or a boolean as text; null is empty.
func (r *draft) scalar(column string) (string, error) {
	switch r.json.PeekKind() {
	case '{':
		return "", r.wrong(column, "must be a text or a number, not an object")
	case '[':
		return "", r.wrong(column, "must be a text or a number, not an array")
	}
	value, err := r.json.ReadValue()
	if err != nil {
		return "", err
	}
	switch value.Kind() {
	case 'n':
		return "", nil
	case '"':
		text, err := jsontext.AppendUnquote(nil, value)
		return strings.TrimSpace(string(text)), err
	default:
		return string(value), nil
	}
}

// text reads a text that must not be a boolean, cleans it, and refuses the product if it cannot be used.
func (r *draft) text(column string, read func(string, int) (string, string), limit int, into *string) error {
	if kind := r.json.PeekKind(); kind == 't' || kind == 'f' {
		return r.wrong(column, "must be a text, not true or false")
	}
	raw, err := r.scalar(column)
	if err != nil {
		return err
	}
	text, reason := read(raw, limit)
	if reason != "" {
		r.b.refuseProduct(r.b.p.Row, column, raw, reason)
	}
	*into = text
	return nil
}

// field reads one member of a product.
func (r *draft) field(name string) error {
	p, row := &r.b.p, r.b.p.Row
	switch name {
	case "key":
		return r.text(name, code, maxKey, &p.Key)
	case "id":
		return r.text(name, code, maxKey, &r.id)
	case "name":
		return r.text(name, title, maxName, &p.Name)
	case "title":
		if kind := r.json.PeekKind(); kind == '{' || kind == '[' { // in several languages, perhaps: it is no name
			return r.json.SkipValue()
		}
		raw, err := r.scalar(name)
		r.title = raw
		return err
	case "slug":
		return r.text(name, line, maxSlug, &p.Slug)
	case "description":
		return r.text(name, paragraphs, maxDescription, &p.Description)
	case "brand":
		return r.text(name, title, maxBrand, &p.Brand)
	case "currency":
		return r.text(name, line, maxKey, &r.currency)
	case "state":
		raw, err := r.scalar(name)
		if err != nil {
			return err
		}
		var reason string
		if p.State, reason = state(raw); reason != "" {
			r.b.refuseProduct(row, name, raw, reason)
		}
		return nil
	case "type":
		return r.text(name, title, maxCategory, &p.Type)
	case "seo_title":
		return r.text(name, title, maxName, &p.SEOTitle)
	case "seo_description":
		return r.text(name, line, maxAttribute, &p.SEODescription)
	case "related":
		return r.related()
	case "translations":
		return r.list(name, r.translation)
	case "tags":
		return r.list(name, func(i int) error {
			column := fmt.Sprintf("tags[%d]", i)
			raw, err := r.scalar(column)
			if err == nil {
				r.b.tags(row, column, []string{raw})
			}
			return err
		})
	case "categories":
		return r.categories()
	case "attributes":
		return r.attributes()
	case "options":
		return r.list(name, r.option)
	case "variants":
		return r.list(name, func(i int) error {
			v := draftVariant{path: fmt.Sprintf("variants[%d].", i)}
			if r.json.PeekKind() != '{' {
				return r.wrong(strings.TrimSuffix(v.path, "."), "must be an object")
			}
			err := r.object(func(name string) error { return r.variantField(&v, name) })
			if len(r.variants) <= maxVariants {
				r.variants = append(r.variants, v)
			}
			return err
		})
	case "images":
		return r.list(name, r.image)
	case "image":
		raw, err := r.scalar(name)
		r.images = append([]draftImage{{column: name, source: raw}}, r.images...)
		return err
	default:
		return r.variantField(&r.single, name)
	}
}

// categories reads one path, ["Phones", "Cases"], or several, [["Phones", "Cases"], ["Sale"]].
func (r *draft) categories() error {
	var path []string
	err := r.list("categories", func(i int) error {
		column := fmt.Sprintf("categories[%d]", i)
		if r.json.PeekKind() != '[' {
			raw, err := r.scalar(column)
			path = append(path, raw)
			return err
		}
		var inner []string
		err := r.list(column, func(int) error {
			raw, err := r.scalar(column)
			inner = append(inner, raw)
			return err
		})
		if err == nil {
			r.b.category(r.b.p.Row, column, inner)
		}
		return err
	})
	if err == nil && len(path) > 0 {
		r.b.category(r.b.p.Row, "categories", path)
	}
	return err
}

// attributes reads {"Material": "Oak"}, in the order in which it is written.
func (r *draft) attributes() error {
	switch r.json.PeekKind() {
	case 'n':
		return r.json.SkipValue()
	case '{':
	default:
		return r.wrong("attributes", "must be an object of texts")
	}
	return r.object(func(name string) error {
		raw, err := r.scalar("attributes." + name)
		if err == nil {
			r.b.attribute(r.b.p.Row, name, raw)
		}
		return err
	})
}

// option reads {"name": "Colour", "values": ["Moss", "Clay"]}.
func (r *draft) option(i int) error {
	column := fmt.Sprintf("options[%d]", i)
	if r.json.PeekKind() != '{' {
		return r.wrong(column, "must be an object with name and values")
	}
	var o Option
	err := r.object(func(name string) error {
		switch name {
		case "name":
			return r.text(column+".name", line, maxOptionName, &o.Name)
		case "values":
			return r.list(column+".values", func(int) error {
				var value string
				err := r.text(column+".values", line, maxOptionValue, &value)
				if err == nil && value != "" && len(o.Values) <= maxVariants && !slices.Contains(o.Values, value) {
					o.Values = append(o.Values, value)
				}
				return err
			})
		default:
			return r.json.SkipValue()
		}
	})
	switch {
	case err != nil:
		return err
	case o.Name == "":
		r.b.refuseProduct(r.b.p.Row, column+".name", "", "is missing")
	case len(r.options) == maxOptions:
		r.b.refuseProduct(r.b.p.Row, column, o.Name, fmt.Sprintf("is one option more than %d", maxOptions))
	default:
		r.options = append(r.options, o)
	}
	return nil
}

// image reads {"src": "...", "alt": "..."} or just the address.
func (r *draft) image(i int) error {
	image := draftImage{column: fmt.Sprintf("images[%d]", i)}
	var err error
	if r.json.PeekKind() != '{' {
		image.source, err = r.scalar(image.column)
	} else {
		image.column += ".src"
		err = r.object(func(name string) (err error) {
			switch name {
			case "src":
				image.source, err = r.scalar(image.column)
			case "alt":
				image.alt, err = r.scalar(fmt.Sprintf("images[%d].alt", i))
			default:
				err = r.json.SkipValue()
			}
			return err
		})
	}
	if err == nil && len(r.images) <= maxImages {
		r.images = append(r.images, image)
	}
	return err
}

// keyFromImage is the number that a picture's file name begins with: Best Buy names its pictures by SKU.
func keyFromImage(address string) string {
	name := path.Base(address)
	end := strings.IndexFunc(name, func(r rune) bool { return r < '0' || r > '9' })
	if end < 5 { // "1.jpg" says nothing
		return ""
	}
	return name[:end]
}
