package feed

import (
	"errors"
	"io"
)

// jsonFeed reads products in JSON: an array, an object around one, or one record on each line. Each record says by its fields
// whose shape it has.
type jsonFeed struct {
	cfg     Config
	kind    Format
	records *elements
	decoder *decoder
	seen    *seen
	ld      google // takes records of schema.org, which groups variants as Google does
	ready   []Item // to be returned before reading on
	end     error
}

// openJSON finds out where a file's records stand.
func openJSON(from io.Reader, cfg Config) (items, error) {
	records, kind, err := findElements(newWindow(from), cfg.Format)
	if err != nil {
		return nil, err
	}
	f := &jsonFeed{cfg: cfg, kind: kind, records: records, decoder: newDecoder(), seen: newSeen()}
	f.ld = google{cfg: cfg, seen: f.seen, emit: f.emit}
	return f, nil
}

func (f *jsonFeed) format() Format { return f.kind }

func (f *jsonFeed) read() int64 { return f.records.number }

func (f *jsonFeed) emit(item Item) { f.ready = append(f.ready, item) }

func (f *jsonFeed) next() (Item, error) {
	for len(f.ready) == 0 {
		if f.end != nil {
			return Item{}, f.end
		}
		f.step()
	}
	item := f.ready[0]
	f.ready = f.ready[1:]
	return item, nil
}

// step reads one record.
func (f *jsonFeed) step() {
	raw, err := f.records.next()
	row := f.records.number
	refuse := func(value, reason string) {
		f.ld.lose()
		f.ld.close()
		f.emit(Item{Refusals: []Refusal{{Row: row, Value: value, Reason: reason}}})
	}
	switch {
	case errors.Is(err, errDamage):
		refuse("", "The file breaks off in this record, or brackets before it are not closed. The records before it were taken.")
		f.end = io.EOF
	case errors.Is(err, errTrailing):
		refuse("", "There is more after the end of the file's array or object. What stands before it was taken.")
		f.end = io.EOF
	case err != nil:
		if errors.Is(err, io.EOF) {
			f.ld.close()
		}
		f.end = err
	case row > f.cfg.MaxRows:
		f.end = unreadable("The file has more than %d records. Split it into several files.", f.cfg.MaxRows)
	case f.records.fault != "":
		refuse(string(raw[:min(len(raw), 4*maxValue)]), "This record "+f.records.fault+".")
	case isLinkedData(raw):
		f.linked(raw, row)
	default:
		f.ld.close()
		f.emit(f.own(raw, row))
	}
}

// own reads a record in our own shape or one near it.
func (f *jsonFeed) own(raw []byte, row int64) Item {
	b := &build{cfg: f.cfg, seen: f.seen, sku: "sku", p: Product{Row: row}}
	if isShopifyJSON(raw) {
		f.decoder.shopify(b, raw)
	} else {
		f.decoder.record(b, raw)
	}
	if !b.dead {
		if first := f.seen.keyRow(b.p.Key, row); first > 0 {
			b.refuseProduct(row, "key", b.p.Key, "is used by record "+itoa(first)+" already; a key names one product")
		} else {
			b.finish()
		}
	}
	return b.item()
}
