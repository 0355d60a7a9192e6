package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// jugs brings a shop three products to make cheaper.
func (d *desk) jugs() {
	d.t.Helper()
	d.perform(d.handIn(`[
		{"key": "a", "name": "Apple jug", "categories": ["Kitchen", "Jugs"], "variants": [{"sku": "APPLE", "price": "20.00"}]},
		{"key": "b", "name": "Birch jug", "categories": ["Kitchen", "Jugs"], "variants": [{"sku": "BIRCH", "price": "9.50", "compare_at_price": "12.00"}]},
		{"key": "c", "name": "Cedar cup", "categories": ["Kitchen", "Cups"], "variants": [{"sku": "CEDAR", "price": "8.00"}]}]`))
}

// newOffer makes a promotion by its form and opens it. What is typed comes as name and value in turn.
func (d *desk) newOffer(typed ...string) {
	d.t.Helper()
	d.open("/promotions/new")
	d.press("save", typed...)
	d.says("The promotion is saved.")
}

// A promotion is made by a form that says at its fields what is wrong, reads itself back as a sentence, and loses nothing that was typed.
func TestPromotion(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.jugs()
	d.open("/promotions")
	d.says("No promotions yet")
	d.open("/promotions/new")
	d.press("save", "name", "", "percent", "200", "min_value", "much", "country_codes", "DE, XX", "uses", "-1", "start_time", "2026-12-02T00:00", "end_time", "2026-12-01T00:00")
	d.wants(http.StatusUnprocessableEntity, "/promotions/new/contents")
	for _, field := range []string{"name", "percent", "min_value", "country_codes", "uses", "end_time"} {
		if d.text("#field-"+field+"-error") == "" {
			t.Errorf("nothing is said beside %s", field)
		}
	}
	d.press("add cheaper", "cheaper_find", "no such thing")
	d.wants(http.StatusUnprocessableEntity, "/promotions/new/contents")
	d.says("There is no category no such thing")
	d.press("add cheaper", "cheaper_find", "jugs")
	d.says("Category: Kitchen › Jugs")
	d.press("add cheaper", "cheaper_kind", "without_product", "cheaper_find", "Apple")
	d.says("All but the product: Apple jug")
	d.press("look", "name", "Jug week", "percent", "12.5", "min_value", "50", "country_codes", "de at", "uses", "", "uses_per_customer", "1", "start_time", "", "end_time", "2026-12-31T23:59")
	const sentence = "12.5 % off everything in Jugs except Apple jug, for orders from $50.00, for deliveries to Germany or Austria, until 31 Dec 2026, 23:59 UTC, at most once per customer."
	if got := d.text("#sentence"); got != sentence {
		t.Errorf("it reads %q", got)
	}
	if d.number("select count(*) from promotions") != 0 {
		t.Error("reading it back stored it")
	}
	action, values := d.form("form.editor")
	values.Set("do", "save")
	d.post(action, values)
	d.says("The promotion is saved.")
	here := d.at.Path
	d.open(here)
	if got := d.text("#sentence"); got != sentence {
		t.Errorf("once stored it reads %q", got)
	}
	d.post(action, values) // the button was pressed twice
	d.wants(http.StatusOK, here)
	if n := d.number("select count(*) from promotions"); n != 1 {
		t.Errorf("%d promotions are stored", n)
	}
	d.open(here)
	d.send("form[action$='/switch']")
	d.says("The promotion is switched off.")
	d.send("form[action$='/switch']")
	d.says("The promotion is switched on.")
	d.send("form[action$='/copies']")
	d.says("This is the copy.")
	d.says("Copy of Jug week")
	copied := d.at.Path
	d.open("/promotions?state=off")
	if got := d.text("table.list tbody .list__main a"); got != "Copy of Jug week" {
		t.Errorf("switched off are: %s", got)
	}
	d.open("/promotions?q=jug+WEEK&state=running&kind=self")
	d.says("12.5 % off everything in Jugs except 1 product")
	d.says("1 promotion")
	d.open(d.page.Find(".head__actions a:contains('Export')").AttrOr("href", ""))
	if lines := strings.Split(strings.TrimSpace(d.body), "\n"); len(lines) != 2 || !strings.HasPrefix(lines[1], "Jug week,running,None needed,\"12.5 % off everything in Jugs except Apple jug") {
		t.Errorf("exported:\n%s", d.body)
	}
	d.open(copied)
	d.send("form[action$='/removal']")
	d.says("The promotion is gone.")
	if n := d.number("select count(*) from promotions"); n != 1 {
		t.Errorf("%d promotions are left", n)
	}
}

// Every effect is stored as it is typed and read back the same.
func TestPromotionEffects(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.jugs()
	for _, tc := range []struct {
		typed []string
		want  string
	}{
		{[]string{"effect", "amount", "amount", "5"}, "$5.00 off the goods."},
		{[]string{"effect", "each", "each", "1.25", "how", "code"}, "$1.25 off each unit of everything, with a code."},
		{[]string{"effect", "price", "price", "7.99", "alone", "1"}, "Everything for $7.99 each, not together with others."},
		{[]string{"effect", "buy_get", "buy_units", "2", "get_units", "1", "get_percent", "100", "most_times", "2"}, "For 2 of everything, 1 more for nothing, at most twice in an order."},
		{[]string{"effect", "tiers", "tiers-0-from", "50", "tiers-0-percent", "5"}, "5 % from $50.00 off everything."},
		{[]string{"effect", "shipping", "shipping_percent", "100", "min_units", "3"}, "Free delivery, for orders from 3 units."},
		{[]string{"effect", "gift", "find_gift", "CEDAR", "gift_units", "2", "first_order", "1", "customer_groups", "wholesale\nfriends", "budget", "100"},
			"2 × Cedar cup (CEDAR) as a gift, for first orders, for customers in wholesale or friends, for $100.00 in all."},
	} {
		d.open("/promotions/new")
		action, values := d.form("form.editor", "name", tc.typed[1])
		for i := 0; i+1 < len(tc.typed); i += 2 {
			values.Set(tc.typed[i], tc.typed[i+1])
		}
		values.Set("do", "save")
		d.post(action, values)
		d.says("The promotion is saved.")
		d.open(strings.TrimSuffix(d.at.Path, "/codes"))
		if got := d.text("#sentence"); got != tc.want {
			t.Errorf("%s reads %q, want %q", tc.typed[1], got, tc.want)
			continue
		}
		d.press("save") // as it is, which changes nothing but the version
		d.wants(http.StatusOK, d.at.Path)
		if got := d.text("#sentence"); got != tc.want {
			t.Errorf("saved again, %s reads %q", tc.typed[1], got)
		}
	}
	d.open("/promotions/new")
	action, values := d.form("form.editor", "name", "Nothing")
	for effect, fields := range map[string][]string{
		"amount": {"amount"}, "each": {"each"}, "price": {"price"}, "buy_get": {"buy_units", "get_units", "get_percent"}, "tiers": {"tiers-0-from"}, "shipping": {"shipping_percent"}, "gift": {"find_gift", "gift_units"},
	} {
		values.Set("effect", effect)
		values.Set("do", "save")
		d.post(action, values)
		for _, field := range fields {
			if d.status != http.StatusUnprocessableEntity || d.text("#field-"+field+"-error") == "" {
				t.Errorf("%s without %s: %d", effect, field, d.status)
			}
		}
	}
}

// Two people change one promotion: what only one of them changed is kept, what both changed is asked.
func TestPromotionConflict(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.newOffer("name", "Autumn", "percent", "10")
	here := d.at.Path
	action, mine := d.form("form.editor", "percent", "20", "note", "For Ada")
	d.press("save", "percent", "30", "uses", "100")
	d.says("The promotion is saved.")
	mine.Set("do", "save")
	d.post(action, mine)
	d.wants(http.StatusConflict, here+"/contents")
	d.says("Taken over from them: How often, at most.")
	d.says("20 % off everything")
	d.says("30 % off everything")
	if d.number("select count(*) from promotions where version = 2") != 1 {
		t.Error("the second overwrote the first")
	}
	d.press("save", "choice-effect", "theirs")
	d.says("The promotion is saved.")
	if got := d.text("#sentence"); got != "30 % off everything, at most 100 times in all." {
		t.Errorf("it reads %q", got)
	}
	if got := d.page.Find("#field-note").Text(); got != "For Ada" {
		t.Errorf("the note is %q", got)
	}
	stale, _ := d.form("form[action$='/switch']")
	d.press("save", "priority", "7")
	d.post(stale, url.Values{"version": {"2"}})
	d.wants(http.StatusConflict, here+"/switch")
	d.says("Somebody else changed this promotion")
}

// A basket is priced with and without the promotion as it is typed, cent by cent, and the page says why it does not count.
func TestTryingAPromotion(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.jugs()
	d.newOffer("name", "A dollar", "effect", "each", "each", "1")
	d.newOffer("name", "With code", "effect", "amount", "amount", "2", "how", "code", "code", "two")
	d.open("/promotions/new")
	d.press("try", "name", "Trial", "percent", "10", "min_value", "30")
	d.wants(http.StatusUnprocessableEntity, "/promotions/new/contents")
	d.says("Put something in the basket first")
	d.press("find-part", "find_part", "jug")
	found := d.page.Find("#trial input[name^='found-'][type=checkbox]")
	if found.Length() != 2 {
		t.Fatalf("%d variants are found", found.Length())
	}
	action, values := d.form("form.editor")
	for i := range 2 {
		name := fmt.Sprintf("found-%d-add", i)
		values.Set(name, found.Eq(i).AttrOr("value", ""))
	}
	values.Set("do", "find-part")
	d.post(action, values) // nothing more to look for, but these are added
	d.press("find-part", "find_part", "CEDAR")
	if rows := d.page.Find("#trial .grid tbody tr").Length(); rows != 3 {
		t.Fatalf("the basket has %d lines", rows)
	}
	d.press("try", "basket-0-quantity", "none")
	d.wants(http.StatusUnprocessableEntity, "/promotions/new/contents")
	d.press("try", "basket-0-quantity", "1")
	d.says("It counts for this basket.")
	// 20.00, 9.50 and 8.00, each a dollar less already; ten percent of the 34.50 that are left.
	for _, amount := range []string{"$34.50", "$31.05", "−$3.45"} {
		if got := d.text("#trial .trial__sum:last-child"); !strings.Contains(got, amount) {
			t.Errorf("the total is %s, without %s", got, amount)
		}
	}
	d.press("try", "trial_codes", "TWO\nNONE")
	d.says("The code TWO counts.")
	d.says("The code NONE does not: this code is not valid.")
	d.press("try", "min_value", "100", "trial_codes", "")
	d.says("It does not count for this basket: it is for orders from $100.00")
	d.press("try", "min_value", "", "start_time", "2040-01-01T00:00")
	d.says("it has not begun by then")
	d.press("try", "trial_time", "2040-01-02T00:00")
	d.says("It counts for this basket.")
	d.press("add cheaper", "cheaper_find", "jugs")
	d.press("add cheaper", "cheaper_kind", "category", "cheaper_find", "kitchen › cups")
	d.press("try")
	d.says("It counts for this basket.")
	action, values = d.form("form.editor", "find_gift", "BIRCH", "gift_units", "1")
	values.Set("effect", "gift")
	values.Set("do", "try")
	d.post(action, values)
	d.says("Birch jug (BIRCH) as a gift")
	d.says("Its gift comes on top, as long as there is any.")
	d.press("try", "trial_country", "ZZ")
	d.wants(http.StatusUnprocessableEntity, "/promotions/new/contents")
	if d.text("#field-trial_country-error") == "" {
		t.Error("nothing is said of where nothing is delivered")
	}
	if d.number("select count(*) from promotions") != 2 {
		t.Error("trying stored something")
	}
	d.exec("update auth_staff set permissions = array_remove(permissions, 'promotions.write')")
	d.open("/promotions")
	d.open(d.page.Find("td a:contains('A dollar')").AttrOr("href", ""))
	if d.page.Find("main form").Length() != 1 || d.page.Find("#field-name").Length() != 0 {
		t.Error("a reader finds more than the test")
	}
	d.press("find-part", "find_part", "APPLE")
	d.press("try")
	d.says("It counts for this basket.")
	d.says("$19.00")
	d.exec("update auth_staff set permissions = array_remove(permissions, 'promotions.read')")
	d.open("/promotions")
	if d.status != http.StatusForbidden {
		t.Errorf("who may not see promotions is told %d", d.status)
	}
}

// Codes are added one by one or in batches, found, removed and downloaded, all of them or those that the list shows.
func TestPromotionCodes(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.newOffer("name", "Autumn", "how", "code", "code", "autumn-26")
	here := strings.TrimSuffix(d.at.Path, "/codes")
	d.says("autumn-26")
	d.newOffer("name", "Winter", "how", "code", "code", "AUTUMN 26")
	d.says("this code is taken")
	d.open(here + "/codes")
	add, batch := "form[method=post][action='"+here+"/codes']", "form[action$='/batches']"
	d.send(add, "code", "autumn 26")
	d.wants(http.StatusUnprocessableEntity, here+"/codes")
	if d.text("#field-code-error") == "" {
		t.Error("a code that is taken is taken again")
	}
	d.send(add, "code", "", "code_uses", "many")
	if d.text("#field-code-error") == "" || d.text("#field-code_uses-error") == "" {
		t.Error("nothing is said of what is missing")
	}
	d.send(add, "code", "LEAF", "code_uses", "5")
	d.says("The code LEAF counts from now on.")
	d.send(batch, "count", "0", "length", "3", "prefix", "?")
	d.wants(http.StatusUnprocessableEntity, here+"/codes/batches")
	if d.text("#field-count-error") == "" || d.text("#field-length-error") == "" {
		t.Error("nothing is said of a batch of none")
	}
	action, values := d.form(batch, "count", "2,500", "length", "12", "prefix", "XMAS-")
	for range 2 {
		d.post(action, values)
		d.says("Codes made: 2500.")
	}
	d.says("2,502 codes")
	d.open(here + "/codes?q=xmas")
	d.says("2,500 codes")
	d.open(d.page.Find("a:contains('Download')").AttrOr("href", ""))
	if lines := strings.Count(d.body, "\n"); lines != 2501 || strings.Contains(d.body, "LEAF") || !strings.HasPrefix(d.body, "code,orders,most_orders,batch,made\n") {
		t.Errorf("%d lines were downloaded: %.300s", lines, d.body)
	}
	d.open(here + "/codes?q=LEAF")
	d.send("td form[action*='/removals']")
	d.says("The code LEAF is gone.")
	d.says("Nothing matches")
	d.open("/promotions?q=AUTUMN26")
	d.says("Autumn")
	if d.number("select count(*) from promotion_codes") != 2501 {
		t.Error("not only the one that was removed is gone")
	}
}

// What a promotion cost is told in all, by day and by order, and one that orders used is not deleted.
func TestPromotionUsage(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	shop := d.shop()
	placed := shop.Order(shoptest.Item{Variant: shop.Variant(2500, 5), Quantity: 1})
	d.newOffer("name", "Autumn", "budget", "50")
	here := d.at.Path
	d.open(here + "/usage")
	d.says("Not used yet")
	d.open(here)
	remove, values := d.form("form[action$='/removal']")
	promotion, order := strings.TrimPrefix(here, "/promotions/"), placed.ID
	d.exec("insert into promotion_redemptions (order_id, promotion_id, code, customer, amount_minor, create_time) values ($1, $2, '', 'ann', 1200, now()), (gen_random_uuid(), $2, '', 'bob', 800, now() - interval '3 days')", order, promotion)
	d.exec("insert into promotion_redemptions (order_id, promotion_id, code, customer, amount_minor, released, create_time) values (gen_random_uuid(), $1, '', 'cleo', 5000, true, now())", promotion)
	d.post(remove, values)
	d.wants(http.StatusConflict, here+"/removal")
	d.says("switch it off instead")
	d.open(here + "/usage")
	for _, words := range []string{"Taken off$20.00", "on average$10.00", "Left of the budget$30.00", "1 order, $8.00", "Given up", placed.Number} {
		d.says(words)
	}
	if d.page.Find("svg rect").Length() != 30 || d.page.Find("a[href='/orders/"+order+"']").Length() != 1 {
		t.Error("a day or an order is missing")
	}
	d.open("/promotions")
	d.says("of $50.00")
}

// While a number is not typed yet, the sentence says so instead of "0 % off".
func TestSentenceOfAnUnfinishedPromotion(t *testing.T) {
	t.Parallel()
	said := wording{money: func(*typev1.Money) string { return "$0.00" }, currency: "USD"}
	for want, effect := range map[string]*pricingv1.Effect{
		"Something off everything.":                             {Kind: &pricingv1.Effect_PercentOff{PercentOff: &pricingv1.PercentOff{}}},
		"For some of everything, some more with something off.": {Kind: &pricingv1.Effect_BuyGet{BuyGet: &pricingv1.BuyGet{}}},
		"5 % from $0.00 off everything.":                        {Kind: &pricingv1.Effect_Tiers{Tiers: &pricingv1.Tiers{Tiers: []*pricingv1.Tier{{}, {From: 50_00, Rate: 50_000}}}}},
	} {
		if got := said.sentence(&pricingv1.Promotion{Effect: effect}); got != want {
			t.Errorf("it reads %q, want %q", got, want)
		}
	}
}
