package product

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"connectrpc.com/connect/v2"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// A variant is digital as long as it has files: then there is no end of it unless staff say so, and without them none of it is on hand.
func TestVariantFiles(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.cfg.Blob = keepPictures(t)
	staff := asStaff(postgres.WithToken(t.Context(), 0)) // reads what it wrote
	p := s.create(staff, mug("Guide"))
	variant := p.GetVariants()[0].GetId()
	content := []byte(strings.Repeat("page ", 500_000))
	add := func(name, replaces string, limited bool, content []byte) (*productv1.VariantFile, error) {
		answer, err := s.AddVariantFile(staff, &productv1.AddVariantFileRequest{
			VariantId: variant, UploadId: s.upload(content), Name: name, ReplacesId: replaces, Limited: limited,
		})
		return answer.GetFile(), err
	}
	first, err := add("Guide.PDF", "", false, content)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := s.cfg.Blob.Get(t.Context(), first.GetBlobKey())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stored.Close() }()
	if got, err := io.ReadAll(stored); err != nil || !bytes.Equal(got, content) || first.GetSize() != int64(len(content)) || first.GetContentType() != "application/pdf" {
		t.Errorf("kept %d bytes as %v: %v", len(got), first, err)
	}
	if count := s.stock.counts[variant]; !count.GetUnlimited() {
		t.Errorf("the stock is %v, want no end", count)
	}
	if again, err := add("Guide.PDF", "", false, content); err != nil || again.GetId() != first.GetId() {
		t.Errorf("the same file again: %v, %v", again, err)
	}
	if _, err := add("Maps.zip", "", true, []byte("other content")); err != nil {
		t.Fatal(err)
	}
	if count := s.stock.counts[variant]; count.GetUnlimited() {
		t.Errorf("the stock is %v, want a limit", count)
	}
	offers, err := s.BatchGetOffers(t.Context(), &productv1.BatchGetOffersRequest{VariantIds: []string{variant}})
	if err != nil || len(offers.GetOffers()[0].GetFiles()) != 2 || offers.GetOffers()[0].GetFiles()[0].GetName() != "Guide.PDF" {
		t.Errorf("offered with %v, %v", offers, err)
	}
	got, err := s.GetProduct(staff, &productv1.GetProductRequest{Id: p.GetId()})
	if err != nil || len(got.GetProduct().GetDigitalVariantIds()) != 1 || got.GetProduct().GetVersion() <= p.GetVersion() {
		t.Fatalf("product %v, %v", got, err)
	}
	edited := got.GetProduct()
	edited.Variants[0].Mpn = "m-2"
	edited.DigitalVariantIds = nil // is not for editors to change
	if edited = s.mustUpdate(staff, edited, "variants"); len(edited.GetDigitalVariantIds()) != 1 {
		t.Error("editing the variant took its files")
	}
	newer, err := add("Guide 2.pdf", first.GetId(), true, []byte("second edition"))
	if err != nil || newer.GetId() != first.GetId() || newer.GetBlobKey() == first.GetBlobKey() {
		t.Errorf("replaced by %v, %v", newer, err)
	}
	renamed, err := s.RenameVariantFile(staff, &productv1.RenameVariantFileRequest{Id: first.GetId(), Name: "Book.epub"})
	if err != nil || renamed.GetFile().GetContentType() != "application/epub+zip" {
		t.Errorf("renamed to %v, %v", renamed, err)
	}
	list, err := s.ListProductFiles(staff, &productv1.ListProductFilesRequest{ProductId: p.GetId()})
	if err != nil || len(list.GetFiles()) != 2 || len(list.GetLimitedVariantIds()) != 1 || list.GetSizeLimit() != 500_000_000 {
		t.Fatalf("listed %v, %v", list, err)
	}
	for _, file := range append(list.GetFiles(), list.GetFiles()[0]) { // a repeat is a success
		if _, err := s.RemoveVariantFile(staff, &productv1.RemoveVariantFileRequest{Id: file.GetId()}); err != nil {
			t.Fatal(err)
		}
	}
	got, err = s.GetProduct(staff, &productv1.GetProductRequest{Id: p.GetId()})
	if err != nil || len(got.GetProduct().GetDigitalVariantIds()) != 0 {
		t.Errorf("without files: %v, %v", got.GetProduct().GetDigitalVariantIds(), err)
	}
	if count := s.stock.counts[variant]; count.GetUnlimited() || count.GetBackorder() || count.GetOnHand() != 0 {
		t.Errorf("without files the stock is %v", count)
	}
}

// What cannot be kept is refused in words, and leaves nothing.
func TestVariantFilesRefused(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.cfg.Blob, s.cfg.FileLimit = keepPictures(t), 1<<20
	staff := asStaff(t.Context())
	variant := s.create(staff, mug("Guide")).GetVariants()[0].GetId()
	others := auth.WithCaller(t.Context(), auth.Caller{Kind: auth.Staff, Subject: "bob", Name: "Bob"})
	large, small := s.upload(make([]byte, 1<<20+1)), s.upload([]byte("small"))
	for name, tc := range map[string]struct {
		request *productv1.AddVariantFileRequest
		other   bool
		code    connect.Code
		says    string
	}{
		"too large":        {&productv1.AddVariantFileRequest{VariantId: variant, UploadId: large, Name: "a.pdf"}, false, connect.CodeInvalidArgument, "larger than 1 MB"},
		"a path":           {&productv1.AddVariantFileRequest{VariantId: variant, UploadId: small, Name: "../a.pdf"}, false, connect.CodeInvalidArgument, "cannot hold"},
		"no name":          {&productv1.AddVariantFileRequest{VariantId: variant, UploadId: small, Name: " . "}, false, connect.CodeInvalidArgument, "is empty"},
		"no such variant":  {&productv1.AddVariantFileRequest{VariantId: id.New(), UploadId: small, Name: "a.pdf"}, false, connect.CodeNotFound, "no such variant"},
		"no such upload":   {&productv1.AddVariantFileRequest{VariantId: variant, UploadId: id.New(), Name: "a.pdf"}, false, connect.CodeFailedPrecondition, "no such upload"},
		"another's upload": {&productv1.AddVariantFileRequest{VariantId: variant, UploadId: small, Name: "a.pdf"}, true, connect.CodeFailedPrecondition, "no such upload"},
		"nothing replaced": {&productv1.AddVariantFileRequest{VariantId: variant, UploadId: small, Name: "a.pdf", ReplacesId: id.New()}, false, connect.CodeNotFound, "no such file"},
	} {
		ctx := staff
		if tc.other {
			ctx = others
		}
		_, err := s.AddVariantFile(ctx, tc.request)
		if connect.CodeOf(err) != tc.code || err == nil || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: %v, want %v and %q", name, err, tc.code, tc.says)
		}
	}
	if n := s.number("select count(*) from product_files"); n != 0 {
		t.Errorf("%d files kept", n)
	}
	_, err := s.AppendUpload(staff, &productv1.AppendUploadRequest{UploadId: large, Offset: 1<<20 + 1, Data: make([]byte, 20<<20)})
	if connect.CodeOf(err) != connect.CodeFailedPrecondition || !strings.Contains(err.Error(), "larger than 20 MB") {
		t.Errorf("past all limits: %v", err)
	}
}
