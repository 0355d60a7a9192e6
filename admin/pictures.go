package main

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"connectrpc.com/connect/v2"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

const (
	// pictureLimit is what one form of pictures may bring, and picturePatience how long it may take.
	pictureLimit    = 200 << 20
	picturePatience = 10 * time.Minute
	// picturePiece is how much of a picture one call hands in.
	picturePiece = 1 << 20
)

var (
	altField  = ui.Field{Name: "alt", Label: "What it shows", Hint: "For those who do not see it.", Optional: true, MaxLength: 500}
	fileField = ui.Field{Name: "file", Label: "Picture", Type: "file", Hint: "JPEG, PNG, GIF or WebP. Save the product first: what is typed above is not sent along.", Accept: "image/jpeg,image/png,image/gif,image/webp"}
)

// errNoFile says that a form of pictures came without one.
var errNoFile = errors.New("no file was chosen")

// addPictures makes the files of a form pictures of a product, one after the other.
func (o *office) addPictures(w http.ResponseWriter, v visit) error {
	product := v.PathValue("id")
	added, err := o.eachPicture(v, func(v visit, upload, alt string) error {
		_, err := o.Media.AddProductImage(v.ctx, &productv1.AddProductImageRequest{ProductId: product, UploadId: upload, Alt: alt})
		return err
	})
	text := pictureProblem(err)
	if err != nil && text == "" {
		return err
	}
	if text != "" {
		current, err := o.getProduct(v)
		if err != nil {
			return err
		}
		return o.showProduct(w, v, http.StatusUnprocessableEntity, formOf(current), current, ui.Problems{"file": text}, "")
	}
	o.cookies.SetFlash(w, web.Flash{Code: "picture.added", Subject: count(added)})
	web.SeeOther(w, v.Request, "/products/"+product)
	return nil
}

// setCategoryPicture makes the file of a form the picture of a category.
func (o *office) setCategoryPicture(w http.ResponseWriter, v visit) error {
	category := v.PathValue("id")
	added, err := o.eachPicture(v, func(v visit, upload, alt string) error {
		_, err := o.Media.SetCategoryImage(v.ctx, &productv1.SetCategoryImageRequest{CategoryId: category, UploadId: upload, Alt: alt})
		return err
	})
	text := pictureProblem(err)
	if err != nil && text == "" {
		return err
	}
	if text != "" {
		current, err := o.getCategory(v)
		if err != nil {
			return err
		}
		return o.showCategory(w, v, http.StatusUnprocessableEntity, categoryFormOf(current), current, ui.Problems{"file": text})
	}
	o.cookies.SetFlash(w, web.Flash{Code: "picture.added", Subject: count(added)})
	web.SeeOther(w, v.Request, "/categories/"+category)
	return nil
}

// pictureProblem is what staff are told of a picture that was refused; empty when the failure is not the picture's.
func pictureProblem(err error) string {
	if errors.Is(err, errNoFile) {
		return "Choose a file"
	}
	if wrong, found := rpc.Detail[*productv1.ProductProblems](err); found && len(wrong.GetProblems()) > 0 {
		return "This file " + wrong.GetProblems()[0].GetText()
	}
	switch connect.CodeOf(err) {
	case connect.CodeInvalidArgument, connect.CodeFailedPrecondition, connect.CodeAborted, connect.CodeResourceExhausted:
		return words(err)
	default:
		return ""
	}
}

// eachPicture hands the files of a form in, piece by piece as they arrive, and has each used. It returns how many were.
func (o *office) eachPicture(v visit, use func(v visit, upload, alt string) error) (n int64, err error) {
	form, err := v.MultipartReader()
	if err != nil {
		return 0, errNoFile
	}
	alt := ""
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) && n == 0 {
			return 0, errNoFile
		}
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		switch {
		case part.FormName() == altField.Name:
			text, err := io.ReadAll(io.LimitReader(part, 4*int64(altField.MaxLength)))
			if err != nil {
				return n, err
			}
			alt = shortened(strings.Join(strings.Fields(strings.ToValidUTF8(string(text), "")), " "), altField.MaxLength)
		case part.FormName() == fileField.Name && part.FileName() != "":
			if v, err = o.renewed(v); err != nil {
				return n, err
			}
			upload, err := o.handInPicture(v, part)
			if err != nil {
				return n, err
			}
			if err := use(v, upload, alt); err != nil {
				return n, err
			}
			n++
		}
	}
}

// handInPicture returns the name of what was handed in.
func (o *office) handInPicture(v visit, file io.Reader) (upload string, err error) {
	upload = id.New()
	buffer := make([]byte, picturePiece)
	for offset := int64(0); ; {
		n, readErr := io.ReadFull(file, buffer)
		if n > 0 {
			if _, err := o.Media.AppendUpload(v.ctx, &productv1.AppendUploadRequest{UploadId: upload, Offset: offset, Data: buffer[:n]}); err != nil {
				return "", err
			}
			offset += int64(n)
		}
		switch {
		case (errors.Is(readErr, io.EOF) || errors.Is(readErr, io.ErrUnexpectedEOF)) && offset == 0:
			return "", errNoFile
		case errors.Is(readErr, io.EOF), errors.Is(readErr, io.ErrUnexpectedEOF):
			return upload, nil
		case readErr != nil:
			return "", readErr
		}
	}
}
