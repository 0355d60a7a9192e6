package main

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// categories lists the whole tree, each category with the way to it.
func (o *office) categories(w http.ResponseWriter, v visit) error {
	list := newList(v.URL, "/categories", "")
	answer, err := o.Categories.ListCategories(v.ctx, &productv1.ListCategoriesRequest{All: true, PageSize: list.size, PageToken: v.URL.Query().Get("page")})
	if err != nil {
		return err
	}
	page := admin.TablePage{
		Shell: o.shell(w, v, "Categories"), Heading: "Categories", Columns: []admin.Column{{Label: "Category"}, {Label: "Address"}, {Label: "Shown"}, {Label: "Changed"}},
		Empty: admin.Emptiness{Title: "No categories yet", Text: "They are the shelves of the shop. Imports make them too."},
	}
	if v.may("products.write") {
		list.Actions = []admin.Action{{Label: "New category", URL: "/categories/new", Link: true, Kind: ui.Primary}}
	}
	page.List = list.finish(answer.GetNextPageToken())
	for _, c := range answer.GetCategories() {
		shown := ui.Tag{Label: "Shown", Tone: ui.OK}
		if c.GetHidden() {
			shown = ui.Tag{Label: "Hidden"}
		}
		page.Rows = append(page.Rows, admin.Row{ID: c.GetId(), Cells: []admin.Cell{
			{Text: strings.Join(c.GetPath(), " › "), URL: "/categories/" + c.GetId()}, {Text: c.GetSlug()}, {Tag: shown}, {Text: when(c.GetUpdateTime())},
		}})
	}
	return web.Render(w, v.Request, http.StatusOK, admin.Table(page))
}

// categoryForm is a category as its page holds it.
type categoryForm struct {
	id      string // empty for a new one
	version int64
	text    map[string]string // by the names of the fields in the service
	hidden  bool
	languageForm
}

// categoryFields are the texts of a category.
var categoryFields = []ui.Field{
	{Name: "name", Label: "Name", MaxLength: 100},
	{Name: "parent_id", Label: "Below", Quiet: true},
	{Name: "slug", Label: "Address", Optional: true, MaxLength: 150, Hint: "The end of /categories/…, made from the name when left empty. An old address leads to the new one."},
	{Name: "description", Label: "Description", Optional: true, Rows: 4},
	{Name: "seo_title", Label: "Title in search engines", Optional: true, MaxLength: 255, Hint: "The name, when left empty."},
	{Name: "seo_description", Label: "Description in search engines", Optional: true, Rows: 2, MaxLength: 1000, Hint: "The beginning of the description, when left empty."},
}

func categoryFormOf(c *productv1.Category) *categoryForm {
	return &categoryForm{id: c.GetId(), version: c.GetVersion(), hidden: c.GetHidden(), languageForm: languageFormOf(c.GetTranslations()), text: map[string]string{
		"name": c.GetName(), "parent_id": c.GetParentId(), "slug": c.GetSlug(), "description": c.GetDescription(), "seo_title": c.GetSeoTitle(), "seo_description": c.GetSeoDescription(),
	}}
}

func (f *categoryForm) category() *productv1.Category {
	return &productv1.Category{
		Id: f.id, Name: f.text["name"], ParentId: f.text["parent_id"], Slug: f.text["slug"], Description: f.text["description"],
		SeoTitle: f.text["seo_title"], SeoDescription: f.text["seo_description"], Hidden: f.hidden, Translations: f.translations(),
	}
}

// newCategory shows an empty form.
func (o *office) newCategory(w http.ResponseWriter, v visit) error {
	f := categoryFormOf(&productv1.Category{ParentId: v.URL.Query().Get("below")})
	return o.showCategory(w, v, http.StatusOK, f, nil, nil)
}

// category shows one category.
func (o *office) category(w http.ResponseWriter, v visit) error {
	current, err := o.getCategory(v)
	if err != nil {
		return err
	}
	return o.showCategory(w, v, http.StatusOK, categoryFormOf(current), current, nil)
}

func (o *office) getCategory(v visit) (*productv1.Category, error) {
	answer, err := o.Categories.GetCategory(v.ctx, &productv1.GetCategoryRequest{Id: v.PathValue("id")})
	if connect.CodeOf(err) == connect.CodeInvalidArgument {
		return nil, web.NotFound
	}
	return answer.GetCategory(), err
}

func (o *office) showCategory(w http.ResponseWriter, v visit, status int, f *categoryForm, current *productv1.Category, problems ui.Problems) error {
	tree, err := o.categoryTree(v)
	if err != nil {
		return err
	}
	title, here := "New category", "/categories/new"
	if current != nil {
		title, here = current.GetName(), "/categories/"+current.GetId()
	}
	page := admin.FormPage{
		Shell: o.shell(w, v, title), Heading: title, Problems: problems, Button: "Save",
		Breadcrumb: []ui.Link{{Label: "Categories", URL: "/categories"}, {Label: title, URL: here, Current: true}},
		Hidden:     []ui.Hidden{{Name: "version", Value: version(f.version)}},
	}
	section := admin.FormSection{Checks: []admin.Check{{Name: "hidden", Value: "1", Label: "Hide it", Hint: "Shoppers see it nowhere; its products stay for sale.", Checked: f.hidden}}}
	above := []ui.Option{{Label: "Nothing: it is a root"}}
	path := strings.Join(current.GetPath(), " › ")
	for _, line := range tree {
		if current == nil || line.label != path && !strings.HasPrefix(line.label, path+" › ") {
			above = append(above, ui.Option{Value: line.id, Label: line.label})
		}
	}
	for _, field := range categoryFields {
		if field.Name == "parent_id" {
			field.Options = above
		}
		section.Fields = append(section.Fields, field.With(f.text[field.Name], problems))
	}
	page.Sections, page.Languages = []admin.FormSection{section}, f.show(problems)
	if current != nil && !current.GetHidden() {
		page.Actions = append(page.Actions, admin.Action{Label: "See it in the shop", URL: o.cfg.PublicURL + "/categories/" + current.GetSlug(), Link: true})
	}
	if !v.may("products.write") {
		page.Hidden, page.Sections, page.Languages = nil, nil, admin.Languages{}
		for _, field := range section.Fields {
			if field.Name != "parent_id" && field.Value != "" {
				page.Facts = append(page.Facts, admin.Fact{Label: field.Label, Value: field.Value})
			}
		}
		return web.Render(w, v.Request, status, admin.Form(page))
	}
	page.Action = here + "/contents"
	if current != nil {
		if page.Actions, err = o.placeActions(v, current, page.Actions); err != nil {
			return err
		}
		page.Upload = &admin.UploadForm{Action: here + "/picture", Alt: altField.With(current.GetImage().GetAlt(), nil), File: fileField.With("", problems), Button: "Make it the picture"}
		if picture := o.thumbnail(current.GetImage()); picture.URL != "" {
			page.Upload.Image = &picture
		}
		page.Dangers = []admin.Action{{
			Label: "Delete the category", URL: here + "/removal", Kind: ui.Danger, Button: "Delete it", Hidden: page.Hidden,
			Confirm: "Its products stay for sale. Only a category without others below it can be deleted.",
			Fields:  []ui.Field{{Name: "move_products_to", Label: "Put its products in", Quiet: true, Options: append([]ui.Option{{Label: "No other category"}}, above[1:]...)}},
		}}
	}
	return web.Render(w, v.Request, status, admin.Form(page))
}

// placeActions move a category among its neighbours, by a button each way.
func (o *office) placeActions(v visit, current *productv1.Category, actions []admin.Action) ([]admin.Action, error) {
	const most = 500
	answer, err := o.Categories.ListCategories(v.ctx, &productv1.ListCategoriesRequest{ParentId: current.GetParentId(), PageSize: most})
	if err != nil {
		return nil, err
	}
	beside := answer.GetCategories()
	at := slices.IndexFunc(beside, func(c *productv1.Category) bool { return c.GetId() == current.GetId() })
	move := func(label, before string) {
		actions = append(actions, admin.Action{Label: label, URL: "/categories/" + current.GetId() + "/place", Hidden: []ui.Hidden{{Name: "before", Value: before}, {Name: "version", Value: version(current.GetVersion())}}})
	}
	if at > 0 {
		move("Before "+beside[at-1].GetName(), beside[at-1].GetId())
	}
	if at >= 0 && at < len(beside)-1 {
		before := ""
		if at < len(beside)-2 {
			before = beside[at+2].GetId()
		}
		move("After "+beside[at+1].GetName(), before)
	}
	return append(actions, admin.Action{Label: "New category below", URL: "/categories/new?below=" + current.GetId(), Link: true}), nil
}

// saveNewCategory and saveCategory take the form.
func (o *office) saveNewCategory(w http.ResponseWriter, v visit) error {
	return o.takeCategory(w, v, nil)
}

func (o *office) saveCategory(w http.ResponseWriter, v visit) error {
	current, err := asSeen(v, o.getCategory, (*productv1.Category).GetVersion)
	if err != nil {
		return err
	}
	return o.takeCategory(w, v, current)
}

func (o *office) takeCategory(w http.ResponseWriter, v visit, current *productv1.Category) error {
	f := &categoryForm{id: current.GetId(), hidden: v.PostFormValue("hidden") != "", languageForm: readLanguages(v.PostForm), text: map[string]string{}}
	f.version, _ = strconv.ParseInt(v.PostFormValue("version"), 10, 64)
	for _, field := range categoryFields {
		f.text[field.Name] = typed(v, field)
	}
	if v.PostFormValue("do") == "look" { // it was kept through the login
		return o.showCategory(w, v, http.StatusOK, f, current, nil)
	}
	if current != nil && f.version != current.GetVersion() {
		return o.categoryConflict(w, v, f, current)
	}
	stored, err := o.storeCategory(v, f, current)
	if wrong, found := rpc.Detail[*productv1.ProductProblems](err); found {
		problems := ui.Problems{}
		for _, one := range wrong.GetProblems() {
			name := one.GetField()
			if at := slices.IndexFunc(categoryFields, func(field ui.Field) bool { return field.Name == name }); at >= 0 {
				problems[name] = categoryFields[at].Label + " " + one.GetText()
			} else if row, text := languageProblem(name, one.GetText()); row != "" {
				problems[row] = text
			} else {
				problems[""] = strings.TrimSpace(problems[""] + " " + fieldLabel(name) + " " + one.GetText() + ".")
			}
		}
		return o.showCategory(w, v, http.StatusUnprocessableEntity, f, current, problems)
	}
	if code := connect.CodeOf(err); err != nil && (code == connect.CodeInvalidArgument || code == connect.CodeAborted) {
		return o.showCategory(w, v, http.StatusConflict, f, current, ui.Problems{"": words(err)})
	}
	if err != nil {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: "category.saved"})
	web.SeeOther(w, v.Request, "/categories/"+stored)
	return nil
}

// storeCategory stores the texts, then the place where it is another one.
func (o *office) storeCategory(v visit, f *categoryForm, current *productv1.Category) (string, error) {
	if current == nil {
		created, err := o.Categories.CreateCategory(v.ctx, &productv1.CreateCategoryRequest{Category: f.category()})
		return created.GetCategory().GetId(), err
	}
	was := categoryFormOf(current)
	var mask []string
	for _, field := range categoryFields {
		if field.Name != "parent_id" && f.text[field.Name] != was.text[field.Name] {
			mask = append(mask, field.Name)
		}
	}
	if f.hidden != was.hidden {
		mask = append(mask, "hidden")
	}
	if f.changed(current.GetTranslations()) {
		mask = append(mask, "translations")
	}
	if len(mask) > 0 {
		answer, err := o.Categories.UpdateCategory(v.ctx, &productv1.UpdateCategoryRequest{Category: f.category(), UpdateMask: &fieldmaskpb.FieldMask{Paths: mask}, ExpectedVersion: f.version})
		if err != nil {
			return "", err
		}
		f.version = answer.GetCategory().GetVersion()
	}
	if f.text["parent_id"] != was.text["parent_id"] {
		_, err := o.Categories.MoveCategory(v.ctx, &productv1.MoveCategoryRequest{Id: f.id, ParentId: f.text["parent_id"], ExpectedVersion: f.version})
		return f.id, err
	}
	return f.id, nil
}

// categoryConflict shows what somebody else wrote beside what was typed; sent once more, the form is stored.
func (o *office) categoryConflict(w http.ResponseWriter, v visit, f *categoryForm, current *productv1.Category) error {
	theirs := categoryFormOf(current)
	problems := ui.Problems{"": "Somebody else has changed this category since you opened it, so nothing is saved yet. Look at it, then save."}
	for _, field := range categoryFields {
		if now := theirs.text[field.Name]; now != f.text[field.Name] && field.Name != "parent_id" {
			if now == "" {
				now = "nothing"
			}
			problems[field.Name] = field.Label + " is now: " + now
		}
	}
	if f.changed(current.GetTranslations()) {
		problems[""] += " Its texts in other languages were, or are to be, other ones than you see."
	}
	f.version = current.GetVersion()
	return o.showCategory(w, v, http.StatusConflict, f, current, problems)
}

// placeCategory moves a category among its neighbours.
func (o *office) placeCategory(w http.ResponseWriter, v visit) error {
	current, err := o.getCategory(v)
	if err != nil {
		return err
	}
	expected, _ := strconv.ParseInt(v.PostFormValue("version"), 10, 64)
	_, err = o.Categories.MoveCategory(v.ctx, &productv1.MoveCategoryRequest{
		Id: current.GetId(), ParentId: current.GetParentId(), BeforeId: v.PostFormValue("before"), ExpectedVersion: expected,
	})
	return o.categoryDone(w, v, current, err, "category.moved", "/categories/"+current.GetId())
}

// deleteCategory removes a category.
func (o *office) deleteCategory(w http.ResponseWriter, v visit) error {
	current, err := o.getCategory(v)
	if err != nil {
		return err
	}
	expected, _ := strconv.ParseInt(v.PostFormValue("version"), 10, 64)
	_, err = o.Categories.DeleteCategory(v.ctx, &productv1.DeleteCategoryRequest{Id: current.GetId(), MoveProductsToId: v.PostFormValue("move_products_to"), ExpectedVersion: expected})
	return o.categoryDone(w, v, current, err, "category.deleted", "/categories")
}

// categoryDone leads on, or shows the category again with why it could not be done.
func (o *office) categoryDone(w http.ResponseWriter, v visit, current *productv1.Category, err error, flash, next string) error {
	if code := connect.CodeOf(err); err != nil && (code == connect.CodeAborted || code == connect.CodeFailedPrecondition || code == connect.CodeInvalidArgument) {
		return o.showCategory(w, v, http.StatusConflict, categoryFormOf(current), current, ui.Problems{"": words(err)})
	}
	if err != nil {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: flash})
	web.SeeOther(w, v.Request, next)
	return nil
}
