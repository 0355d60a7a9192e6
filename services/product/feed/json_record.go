package feed

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

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

// productTexts are the members of a product that are a text and nothing more: how each is read, how long it may be, and where it goes.
var productTexts = map[string]struct {
	read  func(string, int) (string, string)
	limit int
	into  func(*draft) *string
}{
	"key":             {code, maxKey, func(r *draft) *string { return &r.b.p.Key }},
	"id":              {code, maxKey, func(r *draft) *string { return &r.id }},
	"name":            {title, maxName, func(r *draft) *string { return &r.b.p.Name }},
	"slug":            {line, maxSlug, func(r *draft) *string { return &r.b.p.Slug }},
	"description":     {paragraphs, maxDescription, func(r *draft) *string { return &r.b.p.Description }},
	"brand":           {title, maxBrand, func(r *draft) *string { return &r.b.p.Brand }},
	"currency":        {line, maxKey, func(r *draft) *string { return &r.currency }},
	"type":            {title, maxCategory, func(r *draft) *string { return &r.b.p.Type }},
	"tax_class":       {taxClass, maxTaxClass, func(r *draft) *string { return &r.b.p.TaxClass }},
	"seo_title":       {title, maxName, func(r *draft) *string { return &r.b.p.SEOTitle }},
	"seo_description": {line, maxAttribute, func(r *draft) *string { return &r.b.p.SEODescription }},
}

// field reads one member of a product. A product without variants has the variant's members itself.
func (r *draft) field(name string) error {
	if t, found := productTexts[name]; found {
		return r.text(name, t.read, t.limit, t.into(r))
	}
	switch name {
	case "title":
		if kind := r.json.PeekKind(); kind == '{' || kind == '[' { // in several languages, perhaps: it is no name
			return r.json.SkipValue()
		}
		raw, err := r.scalar(name)
		r.title = raw
		return err
	case "state":
		return r.state()
	case "related":
		return r.related()
	case "translations":
		return r.list(name, r.translation)
	case "tags":
		return r.list(name, r.tag)
	case "categories":
		return r.categories()
	case "attributes":
		return r.attributes()
	case "options":
		return r.list(name, r.option)
	case "variants":
		return r.list(name, r.listedVariant)
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

func (r *draft) state() error {
	raw, err := r.scalar("state")
	if err != nil {
		return err
	}
	var reason string
	if r.b.p.State, reason = state(raw); reason != "" {
		r.b.refuseProduct(r.b.p.Row, "state", raw, reason)
	}
	return nil
}

func (r *draft) tag(i int) error {
	column := fmt.Sprintf("tags[%d]", i)
	raw, err := r.scalar(column)
	if err == nil {
		r.b.tags(r.b.p.Row, column, []string{raw})
	}
	return err
}

// listedVariant reads one of a product's variants.
func (r *draft) listedVariant(i int) error {
	v := draftVariant{path: fmt.Sprintf("variants[%d].", i)}
	if r.json.PeekKind() != '{' {
		return r.wrong(strings.TrimSuffix(v.path, "."), "must be an object")
	}
	err := r.object(func(name string) error { return r.variantField(&v, name) })
	if len(r.variants) <= maxVariants {
		r.variants = append(r.variants, v)
	}
	return err
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
