package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"connectrpc.com/connect/v2"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// types lists the types of products.
func (o *office) types(w http.ResponseWriter, v visit) error {
	list := newList(v.URL, "/types", "")
	answer, err := o.Types.ListProductTypes(v.ctx, &productv1.ListProductTypesRequest{PageSize: list.size, PageToken: v.URL.Query().Get("page")})
	if err != nil {
		return err
	}
	page := admin.TablePage{
		Shell: o.shell(w, v, "Product types"), Heading: "Product types", Intro: "A type says which attributes its products have, and what each may hold.",
		Columns: []admin.Column{{Label: "Type"}, {Label: "Attributes"}, {Label: "Products"}, {Label: "Changed"}},
		Empty:   admin.Emptiness{Title: "No types yet", Text: "Shoes have sizes and soles, lamps have sockets: a type asks for what its products should say."},
	}
	if v.may("products.write") {
		list.Actions = []admin.Action{{Label: "New type", URL: "/types/new", Link: true, Kind: ui.Primary}}
	}
	page.List = list.finish(answer.GetNextPageToken())
	for _, of := range answer.GetTypes() {
		var names []string
		for _, d := range of.GetDefinitions() {
			names = append(names, d.GetName())
		}
		changed := admin.Cell{Text: when(of.GetUpdateTime())}
		if of.GetRendering() {
			changed.Note = "its products are being brought in line"
		}
		page.Rows = append(page.Rows, admin.Row{ID: of.GetId(), Cells: []admin.Cell{
			{Text: of.GetName(), URL: "/types/" + of.GetId()}, {Text: shortened(strings.Join(names, ", "), 80)}, {Text: "See them", URL: "/products?type=" + of.GetId()}, changed,
		}})
	}
	return web.Render(w, v.Request, http.StatusOK, admin.Table(page))
}

var attributeKinds = []struct {
	value, label string
	kind         productv1.AttributeKind
}{
	{"text", "Words", productv1.AttributeKind_ATTRIBUTE_KIND_TEXT},
	{"number", "Number", productv1.AttributeKind_ATTRIBUTE_KIND_NUMBER},
	{"choice", "Choice", productv1.AttributeKind_ATTRIBUTE_KIND_CHOICE},
	{"flag", "Yes or no", productv1.AttributeKind_ATTRIBUTE_KIND_FLAG},
	{"date", "Day", productv1.AttributeKind_ATTRIBUTE_KIND_DATE},
	{"colour", "Colour", productv1.AttributeKind_ATTRIBUTE_KIND_COLOUR},
	{"product", "Product", productv1.AttributeKind_ATTRIBUTE_KIND_PRODUCT},
}

// choicesApart stands between the choices of an attribute where they are typed in one line.
const choicesApart = "|"

// typeForm is a type as its page holds it.
type typeForm struct {
	version     int64
	name        string
	definitions []definitionRow
}

type definitionRow struct {
	ID                                        string `json:"id"`
	name, kind, unit, choices, many, required string
	removed                                   bool
}

// definitionCell is something that is typed of an attribute.
type definitionCell struct {
	name, label string
	of          func(*definitionRow) *string
}

// definitionCells are by the names of the fields in the service.
var definitionCells = []definitionCell{
	{"name", "Attribute", func(r *definitionRow) *string { return &r.name }},
	{"kind", "Holds", func(r *definitionRow) *string { return &r.kind }},
	{"unit", "Unit", func(r *definitionRow) *string { return &r.unit }},
	{"choices", "Choices, with | between", func(r *definitionRow) *string { return &r.choices }},
	{"many", "Several", func(r *definitionRow) *string { return &r.many }},
	{"required", "Needed for sale", func(r *definitionRow) *string { return &r.required }},
}

func typeFormOf(of *productv1.ProductType) *typeForm {
	f := &typeForm{version: of.GetVersion(), name: of.GetName()}
	for _, d := range of.GetDefinitions() {
		row := definitionRow{ID: d.GetId(), name: d.GetName(), unit: d.GetUnit(), choices: strings.Join(d.GetChoices(), " "+choicesApart+" "), many: yesNo(d.GetMany()), required: yesNo(d.GetRequired())}
		for _, known := range attributeKinds {
			if known.kind == d.GetKind() {
				row.kind = known.value
			}
		}
		f.definitions = append(f.definitions, row)
	}
	return f
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

func readType(values url.Values) *typeForm {
	f := &typeForm{name: strings.TrimSpace(values.Get("name"))}
	f.version, _ = strconv.ParseInt(values.Get("version"), 10, 64)
	for i := 0; values.Has(rowName("definitions", i, "key")); i++ {
		var row definitionRow
		_ = json.Unmarshal([]byte(values.Get(rowName("definitions", i, "key"))), &row) // of ours, or a new one
		for _, cell := range definitionCells {
			*cell.of(&row) = strings.TrimSpace(values.Get(rowName("definitions", i, cell.name)))
		}
		row.removed = values.Has(rowName("definitions", i, "removed"))
		f.definitions = append(f.definitions, row)
	}
	return f
}

// productType is what the form asks for, with the form's row for each attribute that is sent.
func (f *typeForm) productType(id string) (of *productv1.ProductType, rows []int) {
	of = &productv1.ProductType{Id: id, Name: f.name}
	for i, row := range f.definitions {
		if row.removed || row.name == "" && row.ID == "" {
			continue
		}
		d := &productv1.AttributeDefinition{Id: row.ID, Name: row.name, Unit: row.unit, Many: row.many == "yes", Required: row.required == "yes"}
		for _, known := range attributeKinds {
			if known.value == row.kind {
				d.Kind = known.kind
			}
		}
		for choice := range strings.SplitSeq(row.choices, choicesApart) {
			if choice = strings.TrimSpace(choice); choice != "" {
				d.Choices = append(d.Choices, choice)
			}
		}
		of.Definitions, rows = append(of.Definitions, d), append(rows, i)
	}
	return of, rows
}

func (o *office) newType(w http.ResponseWriter, v visit) error {
	return o.showType(w, v, http.StatusOK, &typeForm{definitions: []definitionRow{{}, {}, {}}}, nil, nil)
}

// productType shows one type.
func (o *office) productType(w http.ResponseWriter, v visit) error {
	current, err := o.getType(v)
	if err != nil {
		return err
	}
	return o.showType(w, v, http.StatusOK, typeFormOf(current), current, nil)
}

func (o *office) getType(v visit) (*productv1.ProductType, error) {
	answer, err := o.Types.GetProductType(v.ctx, &productv1.GetProductTypeRequest{Id: v.PathValue("id")})
	if connect.CodeOf(err) == connect.CodeInvalidArgument {
		return nil, web.NotFound
	}
	return answer.GetType(), err
}

func (o *office) saveNewType(w http.ResponseWriter, v visit) error {
	return o.takeType(w, v, nil)
}

func (o *office) saveType(w http.ResponseWriter, v visit) error {
	current, err := o.getType(v)
	if err != nil {
		return err
	}
	return o.takeType(w, v, current)
}

func (o *office) takeType(w http.ResponseWriter, v visit, current *productv1.ProductType) error {
	if err := v.ParseForm(); err != nil {
		return err
	}
	f := readType(v.PostForm)
	switch v.PostForm.Get("do") {
	case "save":
	case "add-definition":
		f.definitions = append(f.definitions, definitionRow{})
		return o.showType(w, v, http.StatusOK, f, current, nil)
	default:
		return o.showType(w, v, http.StatusOK, f, current, nil)
	}
	asked, rows := f.productType(current.GetId())
	id, err := o.storeType(v, asked, f.version)
	if wrong, found := rpc.Detail[*productv1.ProductProblems](err); found {
		return o.showType(w, v, http.StatusUnprocessableEntity, f, current, typeProblems(wrong, rows))
	}
	switch code := connect.CodeOf(err); {
	case err == nil:
	case code == connect.CodeAborted: // the whole type is sent, so what they made of it is shown before it is replaced
		var now []string
		for _, d := range current.GetDefinitions() {
			now = append(now, d.GetName())
		}
		f.version = current.GetVersion()
		return o.showType(w, v, http.StatusConflict, f, current, ui.Problems{"": "Somebody else has changed this type since you opened it, so nothing is saved yet. It is now “" + current.GetName() + "” with " + strings.Join(now, ", ") + ". Look at yours, then save it in place of theirs."})
	case code == connect.CodeInvalidArgument, code == connect.CodeFailedPrecondition:
		return o.showType(w, v, http.StatusUnprocessableEntity, f, current, ui.Problems{"": words(err)})
	default:
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: "type.saved"})
	web.SeeOther(w, v.Request, "/types/"+id)
	return nil
}

// storeType returns the id of what was stored.
func (o *office) storeType(v visit, asked *productv1.ProductType, expected int64) (string, error) {
	if asked.GetId() == "" {
		created, err := o.Types.CreateProductType(v.ctx, &productv1.CreateProductTypeRequest{Type: asked})
		return created.GetType().GetId(), err
	}
	_, err := o.Types.UpdateProductType(v.ctx, &productv1.UpdateProductTypeRequest{Type: asked, ExpectedVersion: expected})
	return asked.GetId(), err
}

// typeProblems puts what is wrong beside the cells.
func typeProblems(wrong *productv1.ProductProblems, rows []int) ui.Problems {
	problems := ui.Problems{}
	for _, one := range wrong.GetProblems() {
		parts := problemPlace.FindStringSubmatch(one.GetField())
		if parts == nil {
			problems[""] = strings.TrimSpace(problems[""] + " " + upperFirst(one.GetText()) + ".")
			continue
		}
		row, err := strconv.Atoi(parts[2])
		switch {
		case parts[1] == "name":
			problems["name"] = "Name " + one.GetText()
		case err == nil && row < len(rows):
			of := parts[3]
			if !slices.ContainsFunc(definitionCells, func(cell definitionCell) bool { return cell.name == of }) {
				of = "name"
			}
			problems[rowName("definitions", rows[row], of)] = upperFirst(wordsOf(parts[3]) + one.GetText())
		default:
			problems[""] = strings.TrimSpace(problems[""] + " " + fieldLabel(parts[1]) + " " + one.GetText() + ".")
		}
	}
	return problems
}

func (o *office) showType(w http.ResponseWriter, v visit, status int, f *typeForm, current *productv1.ProductType, problems ui.Problems) error {
	title, here := "New type", "/types/new"
	if current != nil {
		title, here = current.GetName(), "/types/"+current.GetId()
	}
	page := admin.TypePage{
		Shell: o.shell(w, v, title), Heading: title, Name: ui.Field{Name: "name", Label: "Name", Hint: "For staff; shoppers do not see it.", MaxLength: 100}.With(f.name, problems),
		Breadcrumb: []ui.Link{{Label: "Product types", URL: "/types"}, {Label: title, URL: here, Current: true}},
		Grid:       admin.Grid{Name: "Attributes", Columns: []admin.Column{{Label: "Place"}}, Remove: "Remove"}, Problems: ui.Summary(problems, "name"),
	}
	for _, cell := range definitionCells {
		page.Grid.Columns = append(page.Grid.Columns, admin.Column{Label: cell.label})
	}
	for i, row := range f.definitions {
		number := strconv.Itoa(i + 1)
		key, _ := json.Marshal(row)
		shown := admin.GridRow{Label: number, Hidden: []ui.Hidden{{Name: rowName("definitions", i, "key"), Value: string(key)}}, Remove: rowName("definitions", i, "removed"), Removed: row.removed}
		for _, cell := range definitionCells {
			one := admin.GridCell{Name: rowName("definitions", i, cell.name), Label: cell.label + " of attribute " + number, Value: *cell.of(&row), Error: problems[rowName("definitions", i, cell.name)]}
			switch cell.name {
			case "kind":
				for _, known := range attributeKinds {
					if row.ID == "" || known.value == row.kind { // it never changes
						one.Options = append(one.Options, ui.Option{Value: known.value, Label: known.label, Selected: known.value == row.kind})
					}
				}
			case "many", "required":
				one.Options = []ui.Option{{Value: "no", Label: "no", Selected: one.Value == "no"}, {Value: "yes", Label: "yes", Selected: one.Value == "yes"}}
			}
			if one.Error != "" {
				page.Problems = append(page.Problems, ui.FieldProblem{Text: "Attribute " + number + ": " + one.Error, URL: "#field-" + one.Name})
			}
			shown.Cells = append(shown.Cells, one)
		}
		page.Grid.Rows = append(page.Grid.Rows, shown)
	}
	if v.may("products.write") {
		page.Action = here + "/contents"
		page.Hidden = []ui.Hidden{{Name: "version", Value: version(f.version)}}
		if current != nil {
			page.Dangers = []admin.Action{{Label: "Delete the type", URL: here + "/removal", Kind: ui.Danger, Button: "Delete it", Hidden: page.Hidden, Confirm: "Only a type that no product follows can be deleted."}}
		}
	}
	return web.Render(w, v.Request, status, admin.Type(page))
}

// deleteType removes a type.
func (o *office) deleteType(w http.ResponseWriter, v visit) error {
	current, err := o.getType(v)
	if err != nil {
		return err
	}
	expected, _ := strconv.ParseInt(v.PostFormValue("version"), 10, 64)
	_, err = o.Types.DeleteProductType(v.ctx, &productv1.DeleteProductTypeRequest{Id: current.GetId(), ExpectedVersion: expected})
	if code := connect.CodeOf(err); err != nil && (code == connect.CodeAborted || code == connect.CodeFailedPrecondition) {
		return o.showType(w, v, http.StatusConflict, typeFormOf(current), current, ui.Problems{"": words(err)})
	}
	if err != nil {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: "type.gone"})
	web.SeeOther(w, v.Request, "/types")
	return nil
}
