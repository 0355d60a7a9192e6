package product

import (
	"io"
	"strings"
	"testing"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/services/product/feed"
)

// itemList is a file that is read already.
type itemList struct {
	all  []feed.Item
	next int
}

func (l *itemList) Format() feed.Format { return feed.JSON }
func (l *itemList) Rows() int64         { return int64(l.next) }
func (l *itemList) Next() (feed.Item, error) {
	if l.next == len(l.all) {
		return feed.Item{}, io.EOF
	}
	l.next++
	return l.all[l.next-1], nil
}

// syncItems imports what a file would hold.
func (s *shop) syncItems(dry bool, all ...feed.Item) *productv1.SyncRun {
	s.t.Helper()
	s.Service.open = func(io.Reader, feed.Config) (items, error) { return &itemList{all: all}, nil }
	defer func() { s.Service.open = openFeed }()
	return s.performed(s.handInAs(filesHandedIn, "[]", dry))
}

func offer(row int64, sku string, price, compareAt *int64, stock ...int64) feed.Item {
	o := &feed.Offer{Row: row, SKU: sku, Price: price, CompareAt: compareAt}
	if len(stock) > 0 {
		o.Stock = feed.Stock{Known: true, OnHand: stock[0]}
	}
	return feed.Item{Offer: o}
}

// A file of prices and counts changes these and nothing else, tells of what it does not know, and changes nothing the second time.
func TestSyncOffers(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.Service.batch = 2
	s.mustSync(twoMugs)
	before := s.products()["moss"]
	small, large := before.GetVariants()[0].GetId(), before.GetVariants()[1].GetId()
	s.stock.counts[small].OnHand = 9 // three were sold
	file := []feed.Item{
		offer(2, "M-S", new(int64(2000)), new(int64(2400)), 12), offer(3, "M-L", new(int64(4000)), nil, 5), offer(4, "M-X", new(int64(1)), nil),
		{Offer: &feed.Offer{Row: 5, GTIN: "04006381333931", Price: new(int64(2100))}},
	}
	dry := s.syncItems(true, file...)
	if f := dry.GetForecast(); f.GetUpdated() != 3 || dry.GetRejectedRows() != 1 {
		t.Errorf("dry: %v", dry)
	}
	want := "UPDATE moss variants.M-S.price=24.00 USD>20.00 USD variants.M-S.compare_at_price=>24.00 USD\n" +
		"UPDATE moss variants.M-L.price=29.00 USD>40.00 USD variants.M-L.stock=0>5 variants.M-L.backorder=yes>no\nUPDATE moss variants.04006381333931.price=24.00 USD>21.00 USD"
	if got := s.changesOf(dry.GetId(), 0); got != want {
		t.Errorf("changes\n%s", got)
	}
	if _, err := s.CancelSyncRun(t.Context(), &productv1.CancelSyncRunRequest{RunId: dry.GetId()}); err != nil {
		t.Fatal(err)
	}

	run := s.syncItems(false, file...)
	if rejects := s.rejects(run); counts(run) != "0/3/0/1" || run.GetState() != productv1.SyncState_SYNC_STATE_DONE || len(rejects) != 1 || rejects[0].GetValue() != "M-X" {
		t.Fatalf("%v, rejected %v", run, rejects)
	}
	after := s.products()["moss"]
	v := after.GetVariants()
	if v[0].GetPrice().GetAmountMinor() != 2100 || v[0].GetCompareAtPrice().GetAmountMinor() != 2400 || v[1].GetPrice().GetAmountMinor() != 4000 ||
		v[1].GetCompareAtPrice() != nil || after.GetName() != before.GetName() || len(after.GetImages()) != 2 {
		t.Errorf("product %v", after)
	}
	if s.stock.counts[small].GetOnHand() != 9 || s.stock.counts[large].GetOnHand() != 5 {
		t.Errorf("stock %v", s.stock.counts)
	}
	s.syncItems(false, offer(2, "M-S", new(int64(2100)), nil, 12))
	traces, calls := s.traces(), s.stock.calls
	if again := s.syncItems(false, file[1], file[3]); counts(again) != "0/0/2/0" || s.traces() != traces || s.stock.calls != calls {
		t.Errorf("again: %v", again)
	}
	if got := s.undo(run); got.GetUndo().GetRestored() != 1 || s.products()["moss"].GetVariants()[1].GetPrice().GetAmountMinor() != 2900 {
		t.Errorf("undone: %v", got)
	}
}

// A file of translations gives products the texts that it has and leaves the others, in as many languages as it names.
func TestSyncTexts(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.Service.batch = 2
	s.mustSync(twoMugs)
	text := func(row int64, key, slug, locale, name, seo string) feed.Item {
		return feed.Item{Text: &feed.Text{Row: row, Key: key, Slug: slug, Translation: feed.Translation{Locale: locale, Name: name, SEOTitle: seo}}}
	}
	file := []feed.Item{
		text(2, "moss", "", "de", "Moosbecher", ""), text(3, "moss", "", "fr", "Gobelet", ""), text(4, "", "clay-mug", "de", "Tonbecher", ""),
		text(5, "moss", "", "de", "", "Becher"), text(6, "none", "", "de", "X", ""),
	}
	if run := s.syncItems(false, file...); counts(run) != "0/4/0/1" {
		t.Fatalf("%v, rejected %v", run, s.rejects(run))
	}
	all := s.products()
	var texts []string
	for _, t := range append(all["moss"].GetTranslations(), all["clay"].GetTranslations()...) {
		texts = append(texts, t.GetLocale()+"="+t.GetName()+"/"+t.GetSeoTitle())
	}
	if got := strings.Join(texts, " "); got != "de=Moosbecher/Becher fr=Gobelet/ de=Tonbecher/" {
		t.Error(got)
	}
	before := s.traces()
	if again := s.syncItems(false, file...); counts(again) != "0/0/4/1" || s.traces() != before {
		t.Errorf("again: %v", again)
	}
}

// Products name others that stand later in the file, by key or SKU; the same file again changes nothing, and what staff chose stays.
func TestSyncRelated(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.Service.batch = 2
	product := func(row int64, key string, related ...string) feed.Item {
		return feed.Item{Product: &feed.Product{
			Row: row, Key: key, Slug: key, Name: key, State: feed.Active, Related: related, SEOTitle: "Title of " + key, Type: "Mug",
			Translations: []feed.Translation{{Locale: "de", Name: "Becher"}},
			Variants:     []feed.Variant{{Row: row, SKU: "S-" + key, OptionValues: []string{}, MPN: "MPN-" + key, Price: 100}},
		}}
	}
	file := []feed.Item{product(1, "a", "S-c", "b", "none", "b", "a"), product(2, "b"), product(3, "c", "a")}
	if run := s.syncItems(false, file...); counts(run) != "3/0/0/0" {
		t.Fatal(run)
	}
	all := s.products()
	a, b, c := all["a"], all["b"], all["c"]
	if got := a.GetRelatedIds(); len(got) != 2 || got[0] != c.GetId() || got[1] != b.GetId() || len(c.GetRelatedIds()) != 1 || len(b.GetRelatedIds()) != 0 {
		t.Errorf("related %v, %v, %v", a.GetRelatedIds(), b.GetRelatedIds(), c.GetRelatedIds())
	}
	if a.GetSeoTitle() != "Title of a" || a.GetTranslations()[0].GetName() != "Becher" || a.GetVariants()[0].GetMpn() != "MPN-a" {
		t.Errorf("product %v", a)
	}
	before := s.traces()
	if again := s.syncItems(false, file...); counts(again) != "0/0/3/0" || s.traces() != before {
		t.Errorf("again: %v", again)
	}
	a.RelatedIds = []string{b.GetId()}
	s.mustUpdate(asStaff(t.Context()), a, "related_ids")
	s.syncItems(false, product(1, "a", "c"))
	if got := s.products()["a"].GetRelatedIds(); len(got) != 1 || got[0] != b.GetId() {
		t.Errorf("what staff chose is lost: %v", got)
	}
}
