package main

import (
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

const (
	// handInLimit is what a form with a file may bring, whatever smaller limit the shop has set, and handInPatience how long it may take.
	handInLimit    = 10<<30 + 1<<20
	handInPatience = time.Hour
)

// The fields of the forms about files to download, in the order in which they are sent: the file comes last, so that all else is known by then.
var (
	variantField  = ui.Field{Name: "variant", Label: "Variant", Quiet: true}
	fileNameField = ui.Field{Name: "download_name", Label: "Name", Hint: "What buyers save it as, with its ending; the name of the file when left empty.", Optional: true, MaxLength: 255}
	downloadField = ui.Field{Name: "download", Label: "File", Type: "file"}
)

// filesPanel lists what buyers of a product download, and asks for more.
func (o *office) filesPanel(v visit, current *productv1.Product, problems ui.Problems) (*admin.FilesPanel, error) {
	if current == nil || current.GetGiftCard() { // of which nothing is downloaded
		return nil, nil
	}
	kept, err := o.Files.ListProductFiles(v.ctx, &productv1.ListProductFilesRequest{ProductId: current.GetId()})
	if err != nil {
		return nil, err
	}
	here := "/products/" + current.GetId() + "/files"
	panel := &admin.FilesPanel{}
	labels := map[string]string{}
	for _, variant := range current.GetVariants() {
		labels[variant.GetId()] = formOf(current).variantRow(variant).label()
	}
	limited := map[string]bool{}
	for _, variant := range kept.GetLimitedVariantIds() {
		limited[variant] = true
	}
	for _, file := range kept.GetFiles() {
		row := admin.FileRow{Name: file.GetName(), Variant: labels[file.GetVariantId()], Size: size(file.GetSize()), Sale: "Sold without end"}
		if limited[file.GetVariantId()] {
			row.Sale = "Sold as long as there is stock"
		}
		if v.may("products.write") {
			name := fileNameField
			name.Name, name.Hint, name.Optional = "name-"+file.GetId(), "", false
			row.Rename, row.NameField = here+"/"+file.GetId()+"/name", name.With(file.GetName(), problems)
			row.Replace = &admin.FileForm{
				Action: here, Hidden: []ui.Hidden{{Name: "variant", Value: file.GetVariantId()}, {Name: "replaces", Value: file.GetId()}},
				Limited: limited[file.GetVariantId()], File: downloadField, Button: "Replace it",
			}
			row.Replace.File.Name = "download-" + file.GetId()
			row.Remove = admin.Action{
				Label: "Remove", URL: here + "/" + file.GetId() + "/removal", Kind: ui.Danger, Button: "Remove it",
				Confirm: "Who has bought it can still download it. A variant without files is sent by post again, and is sold out until somebody counts it.",
			}
		}
		panel.Rows = append(panel.Rows, row)
	}
	if !v.may("products.write") {
		return panel, nil
	}
	panel.Add = &admin.FileForm{Action: here, Name: fileNameField.With("", problems), File: downloadField.With("", problems), Button: "Hand it in"}
	panel.Add.File.Hint = "Up to " + size(kept.GetSizeLimit()) + ". Save the product first: what is typed above is not sent along."
	if variants := current.GetVariants(); len(variants) == 1 {
		panel.Add.Hidden = []ui.Hidden{{Name: variantField.Name, Value: variants[0].GetId()}}
		panel.Add.Limited = limited[variants[0].GetId()]
	} else {
		choice := variantField
		for _, variant := range variants {
			choice.Options = append(choice.Options, ui.Option{Value: variant.GetId(), Label: labels[variant.GetId()]})
		}
		panel.Add.Variant = &choice
	}
	return panel, nil
}

// addFile hands a file in, piece by piece as it arrives, and gives it to a variant.
func (o *office) addFile(w http.ResponseWriter, v visit) error {
	product := v.PathValue("id")
	err := o.takeFile(v)
	text := pictureProblem(err)
	if err != nil && text == "" {
		return err
	}
	if text != "" {
		return o.refuseFile(w, v, text, downloadField.Name)
	}
	o.cookies.SetFlash(w, web.Flash{Code: "file.added"})
	web.SeeOther(w, v.Request, "/products/"+product)
	return nil
}

func (o *office) refuseFile(w http.ResponseWriter, v visit, text, field string) error {
	current, err := o.getProduct(v)
	if err != nil {
		return err
	}
	return o.showProduct(w, v, http.StatusUnprocessableEntity, formOf(current), current, ui.Problems{field: text}, "")
}

func (o *office) takeFile(v visit) error {
	form, err := v.MultipartReader()
	if err != nil {
		return errNoFile
	}
	add := &productv1.AddVariantFileRequest{}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return errNoFile
		}
		if err != nil {
			return err
		}
		if strings.HasPrefix(part.FormName(), downloadField.Name) && part.FileName() != "" {
			if add.Name == "" {
				add.Name = firstBytes(filepath.Base(strings.ReplaceAll(part.FileName(), `\`, "/")), 255)
			}
			if add.UploadId, v, err = o.handInFile(v, part); err != nil {
				return err
			}
			_, err = o.Files.AddVariantFile(v.ctx, add)
			return err
		}
		value, err := io.ReadAll(io.LimitReader(part, 4*255))
		if err != nil {
			return err
		}
		switch text := strings.TrimSpace(strings.ToValidUTF8(string(value), "")); part.FormName() {
		case variantField.Name:
			add.VariantId = text
		case "replaces":
			add.ReplacesId = text
		case fileNameField.Name:
			add.Name = text
		case "limited":
			add.Limited = true
		}
	}
}

// handInFile returns the name of what was handed in, and the visit with a token that is still good.
func (o *office) handInFile(v visit, file io.Reader) (upload string, _ visit, err error) {
	upload = id.New()
	buffer := make([]byte, piece)
	for offset := int64(0); ; {
		n, readErr := io.ReadFull(file, buffer)
		if v, err = o.renewed(v); err != nil {
			return "", v, err
		}
		if n > 0 {
			_, err := o.Media.AppendUpload(v.ctx, &productv1.AppendUploadRequest{UploadId: upload, Offset: offset, Data: buffer[:n]})
			if err != nil {
				return "", v, err
			}
			offset += int64(n)
		}
		switch {
		case readErr == nil:
		case !errors.Is(readErr, io.EOF) && !errors.Is(readErr, io.ErrUnexpectedEOF):
			return "", v, readErr
		case offset == 0:
			return "", v, errNoFile
		default:
			return upload, v, nil
		}
	}
}

// renameFile changes what buyers save a file as.
func (o *office) renameFile(w http.ResponseWriter, v visit) error {
	field := "name-" + v.PathValue("file")
	_, err := o.Files.RenameVariantFile(v.ctx, &productv1.RenameVariantFileRequest{Id: v.PathValue("file"), Name: strings.TrimSpace(v.PostFormValue(field))})
	if text := pictureProblem(err); text != "" {
		return o.refuseFile(w, v, text, field)
	}
	if err != nil {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: "file.renamed"})
	web.SeeOther(w, v.Request, "/products/"+v.PathValue("id"))
	return nil
}

// removeFile takes a file from its variant.
func (o *office) removeFile(w http.ResponseWriter, v visit) error {
	_, err := o.Files.RemoveVariantFile(v.ctx, &productv1.RemoveVariantFileRequest{Id: v.PathValue("file")})
	if err != nil {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: "file.removed"})
	web.SeeOther(w, v.Request, "/products/"+v.PathValue("id"))
	return nil
}
