package main

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// collections lists collections by name.
func (o *office) collections(w http.ResponseWriter, v visit) error {
	list := newList(v.URL, "/collections", "")
	answer, err := o.Collections.ListCollections(v.ctx, &productv1.ListCollectionsRequest{PageSize: list.size, PageToken: v.URL.Query().Get("page")})
	if err != nil {
		return err
	}
	page := admin.TablePage{
		Shell: o.shell(w, v, "Collections"), Heading: "Collections", Columns: []admin.Column{{Label: "Collection"}, {Label: "Address"}, {Label: "Products come in"}, {Label: "Shown"}, {Label: "Changed"}},
		Empty: admin.Emptiness{Title: "No collections yet", Text: "They group products for a season or a sale, by hand or by a rule."},
	}
	if v.may("products.write") {
		list.Actions = []admin.Action{{Label: "New collection", URL: "/collections/new", Link: true, Kind: ui.Primary}}
	}
	page.List = list.finish(answer.GetNextPageToken())
	for _, c := range answer.GetCollections() {
		how, shown := "By hand", ui.Tag{Label: "Shown", Tone: ui.OK}
		if c.GetRule() != nil {
			how = "By a rule"
		}
		if c.GetHidden() {
			shown = ui.Tag{Label: "Hidden"}
		}
		page.Rows = append(page.Rows, admin.Row{ID: c.GetId(), Cells: []admin.Cell{
			{Text: c.GetName(), URL: "/collections/" + c.GetId()}, {Text: c.GetSlug()}, {Text: how}, {Tag: shown}, {Text: when(c.GetUpdateTime())},
		}})
	}
	return web.Render(w, v.Request, http.StatusOK, admin.Table(page))
}

// collectionForm is a collection as its page holds it.
type collectionForm struct {
	id      string // empty for a new one
	version int64
	text    map[string]string
	hidden  bool
	byRule  bool
	rule    ruleForm
	languageForm
}

// collectionFields are the texts of a collection.
var collectionFields = []ui.Field{
	{Name: "name", Label: "Name", MaxLength: 100},
	{Name: "slug", Label: "Address", Optional: true, MaxLength: 150, Hint: "Made from the name when left empty."},
	{Name: "description", Label: "Description", Optional: true, Rows: 4},
	{Name: "seo_title", Label: "Title in search engines", Optional: true, MaxLength: 255, Hint: "The name, when left empty."},
	{Name: "seo_description", Label: "Description in search engines", Optional: true, Rows: 2, MaxLength: 1000, Hint: "The beginning of the description, when left empty."},
	{Name: "home_position", Label: "Row on the home page", Optional: true, InputMode: "numeric", MaxLength: 2, Hint: "1 for the first row, up to 20. Empty for none."},
}

func (o *office) collectionFormOf(v visit, c *productv1.Collection) (*collectionForm, error) {
	rule, err := o.ruleFormOf(v, c.GetRule())
	return &collectionForm{id: c.GetId(), version: c.GetVersion(), hidden: c.GetHidden(), byRule: c.GetRule() != nil, rule: rule, languageForm: languageFormOf(c.GetTranslations()), text: map[string]string{
		"name": c.GetName(), "slug": c.GetSlug(), "description": c.GetDescription(), "seo_title": c.GetSeoTitle(), "seo_description": c.GetSeoDescription(),
		"home_position": rowText(c.GetHomePosition()),
	}}, err
}

// rowText is a row of the home page as it is typed.
func rowText(row int32) string {
	if row == 0 {
		return ""
	}
	return strconv.Itoa(int(row))
}

// homeRow reads it; false for what is no number.
func (f *collectionForm) homeRow() (int32, bool) {
	if f.text["home_position"] == "" {
		return 0, true
	}
	row, err := strconv.ParseInt(f.text["home_position"], 10, 32)
	return int32(row), err == nil && row > 0
}

func (f *collectionForm) collection(rule *productv1.CollectionRule) *productv1.Collection {
	row, _ := f.homeRow()
	return &productv1.Collection{
		Id: f.id, Name: f.text["name"], Slug: f.text["slug"], Description: f.text["description"], SeoTitle: f.text["seo_title"], SeoDescription: f.text["seo_description"],
		Hidden: f.hidden, HomePosition: row, Rule: rule, Translations: f.translations(),
	}
}

// newCollection shows an empty form.
func (o *office) newCollection(w http.ResponseWriter, v visit) error {
	f, err := o.collectionFormOf(v, &productv1.Collection{})
	if err != nil {
		return err
	}
	return o.showCollection(w, v, http.StatusOK, f, nil, nil, nil)
}

// collection shows one collection with its products.
func (o *office) collection(w http.ResponseWriter, v visit) error {
	current, err := o.getCollection(v)
	if err != nil {
		return err
	}
	return o.collectionAsStored(w, v, http.StatusOK, current, nil)
}

func (o *office) collectionAsStored(w http.ResponseWriter, v visit, status int, current *productv1.GetCollectionResponse, problems ui.Problems) error {
	f, err := o.collectionFormOf(v, current.GetCollection())
	if err != nil {
		return err
	}
	return o.showCollection(w, v, status, f, current, problems, nil)
}

func (o *office) getCollection(v visit) (*productv1.GetCollectionResponse, error) {
	answer, err := o.Collections.GetCollection(v.ctx, &productv1.GetCollectionRequest{Id: v.PathValue("id")})
	if connect.CodeOf(err) == connect.CodeInvalidArgument {
		return nil, web.NotFound
	}
	return answer, err
}

func (o *office) saveNewCollection(w http.ResponseWriter, v visit) error {
	return o.takeCollection(w, v, nil)
}

func (o *office) saveCollection(w http.ResponseWriter, v visit) error {
	current, err := asSeen(v, o.getCollection, func(found *productv1.GetCollectionResponse) int64 { return found.GetCollection().GetVersion() })
	if err != nil {
		return err
	}
	return o.takeCollection(w, v, current)
}

// takeCollection does what a button of the form says: save, add a condition, or show what the rule gathers.
func (o *office) takeCollection(w http.ResponseWriter, v visit, current *productv1.GetCollectionResponse) error {
	f := &collectionForm{id: current.GetCollection().GetId(), hidden: v.PostFormValue("hidden") != "", byRule: v.PostFormValue("how") == "rule", rule: readRule(v.PostForm), languageForm: readLanguages(v.PostForm), text: map[string]string{}}
	f.version, _ = strconv.ParseInt(v.PostFormValue("version"), 10, 64)
	for _, field := range collectionFields {
		f.text[field.Name] = typed(v, field)
	}
	verb := v.PostFormValue("do")
	if verb == "add-condition" {
		f.byRule, f.rule.conditions = true, append(f.rule.conditions, conditionRow{})
	}
	if verb != "save" && verb != "preview" {
		return o.showCollection(w, v, http.StatusOK, f, current, nil, nil)
	}
	var rule *productv1.CollectionRule
	problems := ui.Problems{}
	if _, fine := f.homeRow(); !fine {
		problems["home_position"] = "Row on the home page is a number from 1 to 20"
	}
	var err error
	if f.byRule {
		if rule, err = o.rule(v, f.rule, problems); err != nil {
			return err
		}
	}
	if len(problems) > 0 {
		return o.showCollection(w, v, http.StatusUnprocessableEntity, f, current, problems, nil)
	}
	if verb == "preview" {
		preview, err := o.previewRule(v, rule)
		if problems := collectionProblems(err, f); problems != nil {
			return o.showCollection(w, v, http.StatusUnprocessableEntity, f, current, problems, nil)
		}
		if err != nil {
			return err
		}
		return o.showCollection(w, v, http.StatusOK, f, current, nil, preview)
	}
	if stored := current.GetCollection(); stored != nil && f.version != stored.GetVersion() {
		return o.collectionConflict(w, v, f, current)
	}
	saved, err := o.storeCollection(v, f, rule, current.GetCollection())
	if problems := collectionProblems(err, f); problems != nil {
		return o.showCollection(w, v, http.StatusUnprocessableEntity, f, current, problems, nil)
	}
	if err != nil {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: "collection.saved"})
	web.SeeOther(w, v.Request, "/collections/"+saved)
	return nil
}

// collectionProblems puts what was refused beside the fields; nil when nothing was.
func collectionProblems(err error, f *collectionForm) ui.Problems {
	if wrong, found := rpc.Detail[*productv1.ProductProblems](err); found {
		problems := ui.Problems{}
		for _, one := range wrong.GetProblems() {
			name := one.GetField()
			if at := slices.IndexFunc(collectionFields, func(field ui.Field) bool { return field.Name == name }); at >= 0 {
				problems[name] = collectionFields[at].Label + " " + one.GetText()
			} else if row, text := languageProblem(name, one.GetText()); row != "" {
				problems[row] = text
			} else {
				f.rule.tell(name, one.GetText(), problems)
			}
		}
		return problems
	}
	if code := connect.CodeOf(err); err != nil && (code == connect.CodeInvalidArgument || code == connect.CodeAborted) {
		return ui.Problems{"": words(err)}
	}
	return nil
}

func (o *office) storeCollection(v visit, f *collectionForm, rule *productv1.CollectionRule, current *productv1.Collection) (string, error) {
	if current == nil {
		created, err := o.Collections.CreateCollection(v.ctx, &productv1.CreateCollectionRequest{Collection: f.collection(rule)})
		return created.GetCollection().GetId(), err
	}
	asked := f.collection(rule)
	var mask []string
	for _, field := range collectionFields {
		of := asked.ProtoReflect().Descriptor().Fields().ByName(protoreflect.Name(field.Name))
		if !asked.ProtoReflect().Get(of).Equal(current.ProtoReflect().Get(of)) {
			mask = append(mask, field.Name)
		}
	}
	if asked.GetHidden() != current.GetHidden() {
		mask = append(mask, "hidden")
	}
	if f.changed(current.GetTranslations()) {
		mask = append(mask, "translations")
	}
	if !proto.Equal(asked.GetRule(), current.GetRule()) {
		mask = append(mask, "rule")
	}
	if len(mask) == 0 {
		return f.id, nil
	}
	_, err := o.Collections.UpdateCollection(v.ctx, &productv1.UpdateCollectionRequest{Collection: asked, UpdateMask: &fieldmaskpb.FieldMask{Paths: mask}, ExpectedVersion: f.version})
	return f.id, err
}

// collectionConflict shows what somebody else wrote beside what was typed; sent once more, the form is stored.
func (o *office) collectionConflict(w http.ResponseWriter, v visit, f *collectionForm, current *productv1.GetCollectionResponse) error {
	theirs, err := o.collectionFormOf(v, current.GetCollection())
	if err != nil {
		return err
	}
	problems := ui.Problems{"": "Somebody else has changed this collection since you opened it, so nothing is saved yet. Look at it, then save."}
	for _, field := range collectionFields {
		if now := theirs.text[field.Name]; now != f.text[field.Name] {
			if now == "" {
				now = "nothing"
			}
			problems[field.Name] = field.Label + " is now: " + now
		}
	}
	if theirs.rule.sentence() != f.rule.sentence() {
		problems[""] += " Its rule is now: " + theirs.rule.sentence()
	}
	if f.changed(current.GetCollection().GetTranslations()) {
		problems[""] += " Its texts in other languages were, or are to be, other ones than you see."
	}
	f.version = theirs.version
	return o.showCollection(w, v, http.StatusConflict, f, current, problems, nil)
}

// changeCollectionProducts adds, moves and removes products of a collection that is kept by hand.
func (o *office) changeCollectionProducts(w http.ResponseWriter, v visit) error {
	current, err := o.getCollection(v)
	if err != nil {
		return err
	}
	req := &productv1.ChangeCollectionProductsRequest{Id: current.GetCollection().GetId()}
	verb, argument, _ := strings.Cut(v.PostFormValue("do"), " ")
	switch verb {
	case "put": // the product, and the one that it is to stand before
		product, before, _ := strings.Cut(argument, " ")
		req.PutIds, req.BeforeId = []string{product}, before
	case "remove":
		req.RemoveIds = []string{argument}
	default:
		f := &productForm{findRelated: strings.TrimSpace(v.PostFormValue("find_related"))}
		problems, err := o.addRelated(v, f)
		if err != nil {
			return err
		}
		if len(f.related) == 0 && problems == nil {
			problems = ui.Problems{"find_related": "Write the SKU or a part of the name"}
		}
		if problems != nil {
			return o.collectionAsStored(w, v, http.StatusUnprocessableEntity, current, problems)
		}
		req.PutIds = f.related
	}
	_, err = o.Collections.ChangeCollectionProducts(v.ctx, req)
	if code := connect.CodeOf(err); err != nil && (code == connect.CodeFailedPrecondition || code == connect.CodeInvalidArgument) {
		return o.collectionAsStored(w, v, http.StatusConflict, current, ui.Problems{"": words(err)})
	}
	if err != nil {
		return err
	}
	web.SeeOther(w, v.Request, "/collections/"+req.GetId())
	return nil
}

// deleteCollection removes a collection.
func (o *office) deleteCollection(w http.ResponseWriter, v visit) error {
	current, err := o.getCollection(v)
	if err != nil {
		return err
	}
	expected, _ := strconv.ParseInt(v.PostFormValue("version"), 10, 64)
	_, err = o.Collections.DeleteCollection(v.ctx, &productv1.DeleteCollectionRequest{Id: current.GetCollection().GetId(), ExpectedVersion: expected})
	if connect.CodeOf(err) == connect.CodeAborted {
		return o.collectionAsStored(w, v, http.StatusConflict, current, ui.Problems{"": words(err)})
	}
	if err != nil {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: "collection.gone"})
	web.SeeOther(w, v.Request, "/collections")
	return nil
}
