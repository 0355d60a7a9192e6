package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"connectrpc.com/connect/v2"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

const (
	// mostBatch is how many codes are made at once: it takes seconds.
	mostBatch = 100_000
	// batchPatience is how long making them may take.
	batchPatience = time.Minute
)

var codeFields = []ui.Field{
	{Name: "code", Label: "Code", MaxLength: 50, Hint: "3 to 50 letters and digits. Shoppers need not mind capitals, spaces and hyphens."},
	{Name: "code_uses", Label: "Orders that may use it", Optional: true, InputMode: "numeric", Width: ui.Short},
}

var batchFields = []ui.Field{
	{Name: "count", Label: "How many", InputMode: "numeric", Width: ui.Short, Hint: "Up to 100,000."},
	{Name: "prefix", Label: "They begin with", Optional: true, MaxLength: 20, Width: ui.Medium, Hint: "Such as XMAS-."},
	{Name: "length", Label: "Characters behind it", InputMode: "numeric", Width: ui.Short, Hint: "8 to 20 that nobody can guess."},
	{Name: "batch_uses", Label: "Orders that may use each", Optional: true, InputMode: "numeric", Width: ui.Short, Hint: "1 makes codes for one order each."},
}

// codes lists the codes of a promotion.
func (o *office) codes(w http.ResponseWriter, v visit) error {
	typed, problems := map[string]string{"length": "10", "batch_uses": "1"}, ui.Problems{}
	if refused := v.URL.Query().Get("refused"); refused != "" {
		typed["code"], problems["code"] = firstBytes(refused, 50), "The promotion is saved, but this code is taken, or no code: write another"
	}
	return o.showCodes(w, v, http.StatusOK, typed, problems)
}

func (o *office) showCodes(w http.ResponseWriter, v visit, status int, typed map[string]string, problems ui.Problems) error {
	promotion, err := o.getPromotion(v)
	if err != nil {
		return err
	}
	here := "/promotions/" + promotion.GetId()
	list := newList(v.URL, here+"/codes", "Code, or how it begins")
	req := &pricingv1.ListCodesRequest{PromotionId: promotion.GetId(), Prefix: firstBytes(list.Query, 100), PageSize: list.size, PageToken: v.URL.Query().Get("page"), Count: true}
	answer, err := o.Promotions.ListCodes(v.ctx, req)
	if err != nil {
		return err
	}
	page := admin.PromotionListPage{
		Breadcrumb: []ui.Link{{Label: "Promotions", URL: "/promotions"}, {Label: promotion.GetName(), URL: here}, {Label: "Codes", URL: here + "/codes", Current: true}},
		About:      promotionPages(promotion.GetId(), here+"/codes"),
	}
	page.Shell, page.Heading = o.shell(w, v, "Codes of "+promotion.GetName()), "Codes of "+promotion.GetName()
	page.Columns = []admin.Column{{Label: "Code"}, {Label: "Orders", Number: true}, {Label: "At most", Number: true}, {Label: "Made"}}
	page.Empty = admin.Emptiness{Title: "No codes yet", Text: "Shoppers enter one of them in the cart."}
	if !promotion.GetNeedsCode() {
		page.Intro = "This promotion counts by itself, so nobody has to enter a code of it."
	}
	list.Total = total(answer.GetTotal(), "code", "codes")
	if answer.GetTotal() > 0 {
		list.Actions = []admin.Action{{Label: "Download", URL: list.narrowed(here + "/codes/export.csv"), Link: true}}
	}
	page.List = list.finish(answer.GetNextPageToken())
	for _, code := range answer.GetCodes() {
		most := "No limit"
		if code.GetMostUses() > 0 {
			most = count(code.GetMostUses())
		}
		row := admin.Row{ID: code.GetCode(), Cells: []admin.Cell{{Text: code.GetCode()}, {Text: count(code.GetUses())}, {Text: most}, {Text: when(code.GetCreateTime())}}}
		if v.may("promotions.write") {
			row.Actions = []admin.Action{{
				Label: "Remove", URL: list.narrowed(here + "/codes/removals"), Hidden: []ui.Hidden{{Name: "code", Value: code.GetCode()}}, Kind: ui.Quiet,
				Confirm: "Nobody can use " + code.GetCode() + " any more.", Button: "Remove it",
			}}
		}
		page.Rows = append(page.Rows, row)
	}
	if v.may("promotions.write") {
		page.Forms = codeForms(here, typed, problems)
		page.Problems = ui.Summary(problems, "code", "code_uses", "count", "prefix", "length", "batch_uses")
	}
	return web.Render(w, v.Request, status, admin.PromotionList(page))
}

func codeForms(here string, typed map[string]string, problems ui.Problems) []admin.SmallForm {
	one := admin.SmallForm{Title: "Add a code", Action: here + "/codes", Button: "Add it"}
	for _, field := range codeFields {
		one.Fields = append(one.Fields, field.With(typed[field.Name], problems))
	}
	batch := admin.SmallForm{Title: "Make many", Action: here + "/codes/batches", Button: "Make them", Hidden: []ui.Hidden{{Name: "batch", Value: id.New()}}}
	for _, field := range batchFields {
		batch.Fields = append(batch.Fields, field.With(typed[field.Name], problems))
	}
	return []admin.SmallForm{one, batch}
}

// typedCodes are the texts of both forms, with what one of them sent, and their numbers.
func typedCodes(v visit, fields []ui.Field, problems ui.Problems) (texts map[string]string, number func(name string, least, most int64) int64) {
	texts = map[string]string{"length": "10", "batch_uses": "1"}
	for _, field := range fields {
		texts[field.Name] = typed(v, field)
	}
	return texts, func(name string, least, most int64) int64 {
		n, err := strconv.ParseInt(strings.ReplaceAll(texts[name], ",", ""), 10, 64)
		if texts[name] == "" && least == 0 {
			return 0
		}
		if err != nil || n < least || n > most {
			problems[name] = fmt.Sprintf("Write a whole number from %s to %s", count(least), count(most))
		}
		return n
	}
}

// addCode adds a code as it was typed.
func (o *office) addCode(w http.ResponseWriter, v visit) error {
	problems := ui.Problems{}
	texts, number := typedCodes(v, codeFields, problems)
	req := &pricingv1.CreateCodesRequest{PromotionId: v.PathValue("id"), Code: texts["code"], MostUses: number("code_uses", 0, 1_000_000_000)}
	if texts["code"] == "" {
		problems["code"] = "Write the code"
	}
	return o.createCodes(w, v, req, texts, problems, "code", web.Flash{Code: "code.added", Subject: told(texts["code"])})
}

// makeCodes makes a batch. It is named by the page, so that two presses make one.
func (o *office) makeCodes(w http.ResponseWriter, v visit) error {
	problems := ui.Problems{}
	texts, number := typedCodes(v, batchFields, problems)
	req := &pricingv1.CreateCodesRequest{
		PromotionId: v.PathValue("id"), Count: int32(min(number("count", 1, mostBatch), mostBatch)), Prefix: texts["prefix"], BatchId: v.PostFormValue("batch"),
		MostUses: number("batch_uses", 0, 1_000_000_000), Length: int32(min(number("length", 8, 20), 20)),
	}
	return o.createCodes(w, v, req, texts, problems, "prefix", web.Flash{Code: "codes.made", Subject: strconv.Itoa(int(req.GetCount()))})
}

// createCodes makes what was asked for and shows it. What is refused stands beside a field.
func (o *office) createCodes(w http.ResponseWriter, v visit, req *pricingv1.CreateCodesRequest, texts map[string]string, problems ui.Problems, field string, flash web.Flash) error {
	if len(problems) > 0 {
		return o.showCodes(w, v, http.StatusUnprocessableEntity, texts, problems)
	}
	made, err := o.Promotions.CreateCodes(v.ctx, req)
	switch connect.CodeOf(err) {
	case connect.CodeAlreadyExists, connect.CodeInvalidArgument:
		text := words(err)
		if _, after, found := strings.Cut(text, ": "); found {
			text = upperFirst(after)
		}
		return o.showCodes(w, v, http.StatusUnprocessableEntity, texts, ui.Problems{field: text})
	}
	if err != nil {
		return err
	}
	if req.GetCount() > 0 && made.GetCreated() > 0 { // none were the second time that the button was pressed
		flash.Subject = strconv.Itoa(int(made.GetCreated()))
	}
	o.cookies.SetFlash(w, flash)
	web.SeeOther(w, v.Request, "/promotions/"+url.PathEscape(v.PathValue("id"))+"/codes")
	return nil
}

// removeCode ends a code and shows the list as it was.
func (o *office) removeCode(w http.ResponseWriter, v visit) error {
	code := v.PostFormValue("code")
	if _, err := o.Promotions.RemoveCode(v.ctx, &pricingv1.RemoveCodeRequest{Code: code}); err != nil {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: "code.removed", Subject: told(code)})
	list := newList(v.URL, "/promotions/"+url.PathEscape(v.PathValue("id"))+"/codes", "")
	web.SeeOther(w, v.Request, list.narrowed(list.Action))
	return nil
}

// told is a code as a message for the next page can hold it.
func told(code string) string { return strings.Join(strings.Fields(code), "-") }

// exportCodes sends all codes that the list shows, a thousand at a time as they are read.
func (o *office) exportCodes(w http.ResponseWriter, v visit) error {
	promotion, err := o.getPromotion(v)
	if err != nil {
		return err
	}
	req := &pricingv1.ListCodesRequest{PromotionId: promotion.GetId(), Prefix: firstBytes(strings.TrimSpace(v.URL.Query().Get("q")), 100), PageSize: 1000}
	answer, err := o.Promotions.ListCodes(v.ctx, req)
	if err != nil {
		return err
	}
	write, end := csvFile(w, "codes.csv")
	write("code", "orders", "most_orders", "batch", "made")
	renewed := clock.Running()
	for {
		for _, code := range answer.GetCodes() {
			write(code.GetCode(), strconv.FormatInt(code.GetUses(), 10), numberText(code.GetMostUses()), code.GetBatchId(), whenISO(code.GetCreateTime()))
		}
		if req.PageToken = answer.GetNextPageToken(); req.GetPageToken() == "" {
			return end()
		}
		if clock.Running()-renewed > tokenUse {
			if v, err = o.renewed(v); err != nil {
				return err
			}
			renewed = clock.Running()
		}
		if answer, err = o.Promotions.ListCodes(v.ctx, req); err != nil {
			return err
		}
	}
}
