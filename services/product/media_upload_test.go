package product

import (
	"bytes"
	"testing"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
)

// upload hands a file in, in two pieces, the first of them twice.
func (s *shop) upload(file []byte) string {
	s.t.Helper()
	name, half := id.New(), int64(len(file)/2)
	for _, offset := range []int64{0, 0, half} {
		data := file[offset:]
		if offset == 0 {
			data = file[:half]
		}
		_, err := s.AppendUpload(asStaff(s.t.Context()), &productv1.AppendUploadRequest{UploadId: name, Offset: offset, Data: data})
		if err != nil {
			s.t.Fatal(err)
		}
	}
	return name
}

// A picture that staff hand in becomes one of the product's, once, and stays when they go on editing.
func TestAddProductImage(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.cfg.Blob = keepPictures(t)
	staff := asStaff(t.Context())
	given := mug("Mug")
	given.Images = []*productv1.Image{{SourceUrl: "https://pics.example/a.jpg"}}
	p := s.create(staff, given)
	add := func(upload string) (*productv1.AddProductImageResponse, error) {
		return s.AddProductImage(staff, &productv1.AddProductImageRequest{ProductId: p.GetId(), UploadId: upload, Alt: "In the garden", Main: true})
	}
	answer, err := add(s.upload(picture(t)))
	if err != nil {
		t.Fatal(err)
	}
	got := answer.GetProduct()
	if len(got.GetImages()) != 2 || got.GetImages()[0].GetId() != answer.GetImageId() || got.GetImages()[0].GetAlt() != "In the garden" ||
		len(got.GetImages()[0].GetFiles()) == 0 || got.GetVersion() != 2 {
		t.Errorf("images %v", got.GetImages())
	}
	again, err := add(s.upload(picture(t)))
	if err != nil || again.GetImageId() != answer.GetImageId() || again.GetProduct().GetVersion() != 2 {
		t.Errorf("again %v %v", again, err)
	}
	turned := proto.CloneOf(got)
	turned.Images[0], turned.Images[1] = turned.Images[1], turned.Images[0]
	turned = s.mustUpdate(staff, turned, "images")
	if turned.GetImages()[1].GetId() != answer.GetImageId() || len(turned.GetImages()[1].GetFiles()) == 0 {
		t.Errorf("images %v", turned.GetImages())
	}
	if _, err := add(s.upload([]byte("<svg>not a picture</svg>"))); fieldsOf(err) != "upload_id" {
		t.Errorf("no picture: %v", err)
	}
	other := s.upload(picture(t))
	_, err = s.AddProductImage(asKey(t.Context()), &productv1.AddProductImageRequest{ProductId: p.GetId(), UploadId: other})
	if connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("another's upload: %v", err)
	}
	if _, err := add(other); err != nil {
		t.Error(err)
	}
	if _, err := add(other); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("used twice: %v", err)
	}
	_, err = s.AppendUpload(staff, &productv1.AppendUploadRequest{UploadId: id.New(), Offset: 5, Data: []byte("x")})
	if connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("a hole: %v", err)
	}
	large := id.New()
	for n := range 11 {
		_, err = s.AppendUpload(staff, &productv1.AppendUploadRequest{UploadId: large, Offset: int64(n) * 2 << 20, Data: bytes.Repeat([]byte("x"), 2<<20)})
		if err != nil {
			t.Fatal(err) // files for download may be as large
		}
	}
	if _, err := add(large); fieldsOf(err) != "upload_id" {
		t.Errorf("too large: %v", err)
	}
}

// A category shows the picture that it was given, until that is taken away.
func TestSetCategoryImage(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.cfg.Blob = keepPictures(t)
	staff := asStaff(t.Context())
	c := s.createCategory("Garden", "")
	answer, err := s.SetCategoryImage(staff, &productv1.SetCategoryImageRequest{CategoryId: c.GetId(), UploadId: s.upload(picture(t)), Alt: "Roses"})
	if err != nil {
		t.Fatal(err)
	}
	c = answer.GetCategory()
	if len(c.GetImage().GetFiles()) == 0 || c.GetImage().GetAlt() != "Roses" || c.GetVersion() != 2 {
		t.Errorf("category %v", c)
	}
	c.Image = nil
	changed, err := s.UpdateCategory(staff, &productv1.UpdateCategoryRequest{Category: c, ExpectedVersion: 2, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"image"}}})
	if err != nil || changed.GetCategory().GetImage() != nil {
		t.Errorf("%v %v", changed, err)
	}
}
