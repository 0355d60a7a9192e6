package main

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"connectrpc.com/connect/v2"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

var sourceKinds = []struct {
	value, label string
	kind         productv1.SourceKind
}{
	{"files", "Files that staff or a program hand in", productv1.SourceKind_SOURCE_KIND_FILES},
	{"url", "A web address that the shop asks", productv1.SourceKind_SOURCE_KIND_URL},
	{"path", "A file in the shop’s folder for files", productv1.SourceKind_SOURCE_KIND_PATH},
	{"bucket", "A file in the shop’s bucket", productv1.SourceKind_SOURCE_KIND_BUCKET},
}

func kindLabel(kind productv1.SourceKind) string {
	for _, known := range sourceKinds {
		if known.kind == kind {
			return known.label
		}
	}
	return ""
}

var gonePolicies = []struct {
	value, label string
	policy       productv1.GonePolicy
}{
	{"keep", "They stay as they are", productv1.GonePolicy_GONE_POLICY_KEEP},
	{"unpublish", "They become drafts", productv1.GonePolicy_GONE_POLICY_UNPUBLISH},
	{"archive", "They are archived", productv1.GonePolicy_GONE_POLICY_ARCHIVE},
}

func goneWords(source *productv1.Source) string {
	for _, known := range gonePolicies {
		if known.policy != source.GetGonePolicy() {
			continue
		}
		if known.policy == productv1.GonePolicy_GONE_POLICY_KEEP {
			return known.label
		}
		return known.label + ", unless more than " + strconv.Itoa(int(source.GetGoneLimitPercent())) + "% would go at once"
	}
	return ""
}

func schedule(source *productv1.Source) string {
	switch {
	case source.GetEveryMinutes() > 0:
		return "every " + plural(int64(source.GetEveryMinutes()), "minute", "minutes")
	case source.GetDailyAt() != "":
		return "daily at " + source.GetDailyAt() + " UTC"
	default:
		return "when it is asked for"
	}
}

// ownable are the fields that a source can be the last word on.
var ownable = []struct{ value, label string }{
	{"name", "Name"}, {"description", "Description"}, {"brand", "Brand"}, {"state", "State"}, {"slug", "Address"}, {"categories", "Categories"}, {"tags", "Tags"},
	{"attributes", "Attributes"}, {"type_id", "Product type"}, {"options", "Options"}, {"variants", "Which variants there are"}, {"images", "Pictures"}, {"price", "Price"},
	{"compare_at_price", "Price before a reduction"}, {"sku", "SKU"}, {"gtin", "GTIN"}, {"mpn", "Maker’s number"}, {"option_values", "Option values"}, {"weight_grams", "Weight"},
	{"image_id", "Picture of the variant"}, {"translations", "Translations"}, {"related_ids", "Related products"}, {"tax_class", "Tax class"}, {"seo_title", "Title in search engines"},
	{"seo_description", "Description in search engines"},
}

func ownLabel(field string) string {
	for _, known := range ownable {
		if known.value == field {
			return known.label
		}
	}
	return field
}

// sourceForm is a source as its form holds it.
type sourceForm struct {
	source *productv1.Source // as stored; nil for a new one
	text   map[string]string
	owns   []string
	forget map[string]bool // the secrets that shall be forgotten
}

func sourceFormOf(source *productv1.Source) *sourceForm {
	f := &sourceForm{source: source, owns: source.GetOwns(), text: map[string]string{
		"name": source.GetName(), "location": source.GetLocation(), "daily_at": source.GetDailyAt(), "user": source.GetUser(), "gone_limit_percent": "20", "kind": "url", "gone_policy": "keep",
	}}
	if source == nil {
		return f
	}
	f.text["gone_limit_percent"] = strconv.Itoa(int(source.GetGoneLimitPercent()))
	if source.GetEveryMinutes() > 0 {
		f.text["every_minutes"] = strconv.Itoa(int(source.GetEveryMinutes()))
	}
	for _, known := range sourceKinds {
		if known.kind == source.GetKind() {
			f.text["kind"] = known.value
		}
	}
	for _, known := range gonePolicies {
		if known.policy == source.GetGonePolicy() {
			f.text["gone_policy"] = known.value
		}
	}
	for _, known := range syncFormats {
		if known.format == source.GetFormat() {
			f.text["format"] = known.value
		}
	}
	return f
}

// fields are the form's, by section.
func (f *sourceForm) sections(problems ui.Problems) []admin.FormSection {
	field := func(field ui.Field) ui.Field { return field.With(f.text[field.Name], problems) }
	kind, policy, format := field(ui.Field{Name: "kind", Label: "How its files come"}), field(ui.Field{Name: "gone_policy", Label: "Products that it no longer has"}), field(ui.Field{Name: "format", Label: "Format", Quiet: true, Hint: "It is found out from the file; choose one only when that goes wrong."})
	for _, known := range sourceKinds {
		kind.Options = append(kind.Options, ui.Option{Value: known.value, Label: known.label})
	}
	for _, known := range gonePolicies {
		policy.Options = append(policy.Options, ui.Option{Value: known.value, Label: known.label})
	}
	policy.Hint = "Anything but staying says that each of its files is its whole catalogue."
	format.Options = formatOptions(formatOf(f.text["format"]))
	password, headers := "Left empty, none is sent.", "One a line, such as X-Api-Key: 4711."
	var secrets []admin.Check
	if f.source.GetHasPassword() {
		password = "One is kept and never shown. Left empty, it stays."
		secrets = append(secrets, admin.Check{Name: "forget", Value: "password", Label: "Forget the password", Checked: f.forget["password"]})
	}
	if names := f.source.GetHeaderNames(); len(names) > 0 {
		headers += " Kept and never shown: " + strings.Join(names, ", ") + ". Left empty, they stay; what is written takes their place."
		secrets = append(secrets, admin.Check{Name: "forget", Value: "headers", Label: "Forget the headers", Checked: f.forget["headers"]})
	}
	owns := admin.FormSection{Title: "Fields that it owns"}
	for i, known := range ownable {
		check := admin.Check{Name: "owns", Value: known.value, Label: known.label, Checked: slices.Contains(f.owns, known.value)}
		if i == 0 {
			check.Hint = "What staff changed stays theirs. In the fields that are ticked here the source overwrites it."
		}
		owns.Checks = append(owns.Checks, check)
	}
	return []admin.FormSection{
		{Title: "The source", Fields: []ui.Field{
			field(ui.Field{Name: "name", Label: "Name", MaxLength: 100, Hint: "As staff call it, such as the supplier’s."}), kind,
			field(ui.Field{Name: "location", Label: "Place", Optional: true, MaxLength: 2000, Hint: "The web address, the path below the folder, or the key in the bucket. Empty for files that are handed in."}), format,
		}},
		{Title: "When it is asked", Fields: []ui.Field{
			field(ui.Field{Name: "every_minutes", Label: "Every so many minutes", Optional: true, InputMode: "numeric", Width: ui.Short}),
			field(ui.Field{Name: "daily_at", Label: "Or daily at, in UTC", Optional: true, Type: "time", Width: ui.Short}),
		}},
		{Title: "What disappears", Fields: []ui.Field{
			policy, field(ui.Field{Name: "gone_limit_percent", Label: "At most this part of its products at once, in percent", InputMode: "numeric", Width: ui.Short, Hint: "When more would go, none does and you are asked."}),
		}},
		{Title: "How it is asked", Fields: []ui.Field{
			field(ui.Field{Name: "user", Label: "User", Optional: true, MaxLength: 200, AutoComplete: "off"}),
			{Name: "password", Label: "Password", Optional: true, Type: "password", MaxLength: 500, AutoComplete: "new-password", Hint: password, Error: problems["password"]},
			{Name: "headers", Label: "Headers", Optional: true, Rows: 3, AutoComplete: "off", Hint: headers, Error: problems["headers"]},
		}, Checks: secrets},
		owns,
	}
}

// newSource shows an empty form.
func (o *office) newSource(w http.ResponseWriter, v visit) error {
	return o.showSourceForm(w, v, http.StatusOK, sourceFormOf(nil), nil)
}

// sourceSettings shows the form of a source.
func (o *office) sourceSettings(w http.ResponseWriter, v visit) error {
	source, err := o.getSource(v)
	if err != nil {
		return err
	}
	return o.showSourceForm(w, v, http.StatusOK, sourceFormOf(source), nil)
}

func (o *office) showSourceForm(w http.ResponseWriter, v visit, status int, f *sourceForm, problems ui.Problems) error {
	page := admin.FormPage{Heading: "New source", Action: "/sources/new/settings", CancelURL: "/sources", Button: "Save the source", Sections: f.sections(problems), Problems: problems}
	page.Breadcrumb = []ui.Link{{Label: "Sources", URL: "/sources"}}
	if f.source != nil {
		here := "/sources/" + f.source.GetId()
		page.Heading, page.Action, page.CancelURL = "Settings of "+f.source.GetName(), here+"/settings", here
		page.Hidden = []ui.Hidden{{Name: "version", Value: version(f.source.GetVersion())}}
		page.Breadcrumb = append(page.Breadcrumb, ui.Link{Label: f.source.GetName(), URL: here})
	}
	page.Breadcrumb = append(page.Breadcrumb, ui.Link{Label: page.Heading, Current: true})
	page.Shell = o.shell(w, v, page.Heading)
	return web.Render(w, v.Request, status, admin.Form(page))
}

func (o *office) createSource(w http.ResponseWriter, v visit) error { return o.saveSource(w, v, nil) }

func (o *office) updateSource(w http.ResponseWriter, v visit) error {
	source, err := o.getSource(v)
	if err != nil {
		return err
	}
	return o.saveSource(w, v, source)
}

// saveSource stores what the form says, or shows it again with what is wrong.
func (o *office) saveSource(w http.ResponseWriter, v visit, source *productv1.Source) error {
	f := &sourceForm{source: source, text: map[string]string{}, forget: map[string]bool{}}
	for _, name := range []string{"name", "kind", "location", "format", "every_minutes", "daily_at", "gone_policy", "gone_limit_percent", "user"} {
		f.text[name] = strings.TrimSpace(v.PostFormValue(name))
	}
	f.owns = v.PostForm["owns"]
	for _, secret := range v.PostForm["forget"] {
		f.forget[secret] = true
	}
	settings, problems := f.settings(v.PostFormValue("password"), v.PostFormValue("headers"))
	if len(problems) > 0 {
		return o.showSourceForm(w, v, http.StatusUnprocessableEntity, f, problems)
	}
	var id string
	var err error
	if source == nil {
		var created *productv1.CreateSourceResponse
		created, err = o.Sources.CreateSource(v.ctx, &productv1.CreateSourceRequest{Settings: settings})
		id = created.GetSource().GetId()
	} else {
		seen, _ := strconv.ParseInt(v.PostFormValue("version"), 10, 64)
		id = source.GetId()
		_, err = o.Sources.UpdateSource(v.ctx, &productv1.UpdateSourceRequest{Id: id, Version: max(seen, 1), Settings: settings})
	}
	switch connect.CodeOf(err) {
	case connect.CodeAlreadyExists:
		return o.showSourceForm(w, v, http.StatusUnprocessableEntity, f, ui.Problems{"name": words(err)})
	case connect.CodeInvalidArgument:
		return o.showSourceForm(w, v, http.StatusUnprocessableEntity, f, f.told(err))
	case connect.CodeFailedPrecondition:
		return o.showSourceForm(w, v, http.StatusConflict, f, ui.Problems{"": words(err)})
	}
	if err != nil {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: "source.saved"})
	web.SeeOther(w, v.Request, "/sources/"+id)
	return nil
}

// told puts what a service refuses, which begins with the field, beside the field.
func (f *sourceForm) told(err error) ui.Problems {
	text := strings.TrimPrefix(words(err), "Settings.")
	name, reason, found := strings.Cut(text, ": ")
	if name = strings.ToLower(name); found && (f.text[name] != "" || slices.Contains([]string{"name", "kind", "location", "headers", "daily_at"}, name)) {
		return ui.Problems{name: upperFirst(reason)}
	}
	return ui.Problems{"": text}
}

// settings are what the form says. The mapping is told elsewhere and stays.
func (f *sourceForm) settings(password, headers string) (*productv1.SourceSettings, ui.Problems) {
	problems := ui.Problems{}
	settings := &productv1.SourceSettings{
		Name: f.text["name"], Location: f.text["location"], Format: formatOf(f.text["format"]), Mapping: f.source.GetMapping(), Owns: f.owns, DailyAt: f.text["daily_at"], User: f.text["user"],
	}
	if settings.GetName() == "" {
		problems["name"] = "Say what you call the source"
	}
	for _, known := range sourceKinds {
		if known.value == f.text["kind"] {
			settings.Kind = known.kind
		}
	}
	if settings.GetKind() == productv1.SourceKind_SOURCE_KIND_UNSPECIFIED {
		problems["kind"] = "Say how its files come"
	}
	for _, known := range gonePolicies {
		if known.value == f.text["gone_policy"] {
			settings.GonePolicy = known.policy
		}
	}
	number := func(name, says string, least, most int) int32 {
		if f.text[name] == "" {
			return 0
		}
		n, err := strconv.Atoi(f.text[name])
		if err != nil || n < least || n > most {
			problems[name] = says
		}
		return int32(n) //nolint:gosec // it is within bounds, or refused
	}
	settings.EveryMinutes = number("every_minutes", "Write a number of minutes, at most 44,640, which are 31 days", 1, 44640)
	percent := number("gone_limit_percent", "Write a percentage from 0 to 100", 0, 100)
	if f.text["gone_limit_percent"] != "" {
		settings.GoneLimitPercent = &percent
	}
	if password != "" || f.forget["password"] {
		settings.Password = &password
	}
	said := lines(headers)
	if len(said) == 0 && !f.forget["headers"] {
		return settings, problems
	}
	settings.Headers = &productv1.SourceHeaders{Values: map[string]string{}}
	for _, line := range said {
		name, value, found := strings.Cut(line, ":")
		if name, value = strings.TrimSpace(name), strings.TrimSpace(value); !found || name == "" || value == "" {
			problems["headers"] = "Write each header as its name, a colon and its value, one a line. For safety they have to be written again"
		} else {
			settings.Headers.Values[name] = value
		}
	}
	return settings, problems
}
