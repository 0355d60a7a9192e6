package main

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// handFile posts the form of a file as a browser does, its fields first.
func (d *desk) handFile(action, field, name string, content []byte, fields ...string) {
	d.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i+1 < len(fields); i += 2 {
		_ = form.WriteField(fields[i], fields[i+1])
	}
	part, err := form.CreateFormFile(field, name)
	if err == nil {
		_, err = part.Write(content)
	}
	if err != nil {
		d.t.Fatal(err)
	}
	_ = form.Close()
	request, err := http.NewRequestWithContext(d.t.Context(), http.MethodPost, d.url+action, &body)
	if err != nil {
		d.t.Fatal(err)
	}
	request.Header.Set("Content-Type", form.FormDataContentType())
	request.Header.Set("Origin", d.url)
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	d.do(request)
}

// Staff hand files in from their disk, name, replace and remove them, and read why one was refused.
func TestFiles(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	tea := d.tea()
	here := d.at.Path
	small := tea.GetVariants()[0].GetId()
	content := bytes.Repeat([]byte("leaf "), 500_000) // more than one piece
	d.handFile(here+"/files", "download", `C:\books\Tea book.pdf`, content, "variant", small)
	d.wants(http.StatusOK, here)
	d.says("The file is kept.")
	d.says("Tea book.pdf")
	d.says("Sold without end")
	if digital := d.stored().GetDigitalVariantIds(); len(digital) != 1 || digital[0] != small {
		t.Errorf("digital are %v", digital)
	}
	list, err := d.set.Files.ListProductFiles(t.Context(), &productv1.ListProductFilesRequest{ProductId: tea.GetId()})
	if err != nil || len(list.GetFiles()) != 1 || list.GetFiles()[0].GetSize() != int64(len(content)) {
		t.Fatalf("kept %v, %v", list, err)
	}
	file := list.GetFiles()[0].GetId()
	d.send("form[action$='/name']", "name-"+file, "Tea: book.pdf")
	d.wants(http.StatusUnprocessableEntity, here+"/files/"+file+"/name")
	if d.page.Find(".error-summary a[href='#field-name-"+file+"']").Length() != 1 {
		t.Errorf("it is not said at the field: %s", d.text(".error-summary"))
	}
	d.send("form[action$='/name']", "name-"+file, "The tea book.pdf")
	d.says("The tea book.pdf")
	d.handFile(here+"/files", "download-"+file, "Second edition.epub", []byte("second"), "variant", small, "replaces", file, "limited", "1")
	d.wants(http.StatusOK, here)
	d.says("Second edition.epub")
	d.says("Sold as long as there is stock")
	d.handFile(here+"/files", "download", "", nil, "variant", small)
	d.wants(http.StatusUnprocessableEntity, here+"/files")
	if d.text("#field-download-error") != "Choose a file" {
		t.Errorf("without a file it says %q", d.text("#field-download-error"))
	}
	d.send("form[action$='/removal'][action*='/files/']")
	d.says("The file is taken away.")
	if digital := d.stored().GetDigitalVariantIds(); len(digital) != 0 {
		t.Errorf("without files %v are digital", digital)
	}
}

// Staff see what was downloaded of an order, and open its link again.
func TestDownloadsOfOrder(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	provider := shoptest.NewProvider()
	shop := shoptest.Open(t, d.db, provider)
	placed := shop.Order(shoptest.Item{Variant: shop.Files(1500, "Guide.pdf"), Quantity: 1})
	shop.Start(placed)
	provider.Pay(placed.Payment)
	shop.Settle(placed.Payment)
	d.exec("update order_downloads set taken = 5")
	d.open("/orders/" + placed.ID)
	for _, words := range []string{"Guide.pdf", "Used up", "5 of 5", "To download", "Cancel order"} {
		d.says(words)
	}
	if strings.Contains(d.text("main"), "Shipping") {
		t.Error("an order of files speaks of shipping")
	}
	d.send("form[action$='/renewals']")
	d.wants(http.StatusOK, "/orders/"+placed.ID)
	d.says("The link works again")
	d.says("0 of 5")
	d.says("The link to Guide.pdf was renewed.")
}
