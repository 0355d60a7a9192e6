package admin

import (
	"strconv"

	"github.com/tradewind-commerce/tradewind/views/ui"
)

// DashboardPage is the first page after signing in: what waits, and how it goes. Every number leads to the list behind it.
type DashboardPage struct {
	Shell
	Greeting string
	Periods  []ui.Link // today, 7 days, 30 days
	Compared string    // "compared with the 7 days before"
	Figures  []Figure
	Tasks    []Task
	Chart    *Chart
	Lists    []TopList
}

// Figure is one number of the period.
type Figure struct {
	Label  string
	Value  string
	URL    string
	Change string // "+12%"; empty where there is nothing to compare with
	Tone   ui.Tone
}

// Task is something that waits for a person.
type Task struct {
	Label string // "orders to pack"
	Count string
	URL   string
	Tone  ui.Tone
}

// Chart is a row of bars with a summary in words and a table of the same numbers.
type Chart struct {
	Title   string
	Summary string
	Bars    []Bar
}

// Bar is one value of a chart; Percent is its height against the largest.
type Bar struct {
	Label   string
	Value   string
	Percent int
}

// TopList is a short list with its numbers, such as the best sold products.
type TopList struct {
	Title string
	All   ui.Link
	Rows  []TopRow
}

// TopRow is one line of a TopList.
type TopRow struct {
	Label string
	URL   string
	Value string
}

// FormPage is a plain form: a setting, a new key, an invitation. It posts its fields to Action.
type FormPage struct {
	Shell
	Breadcrumb []ui.Link
	Heading    string
	Intro      string
	Actions    []Action // at its top
	Facts      []Fact   // in place of the form for those who may only look
	Action     string
	Hidden     []ui.Hidden
	Sections   []FormSection
	Languages  Languages
	Button     string
	CancelURL  string
	Problems   ui.Problems
	Secret     *Secret
	Upload     *UploadForm
	Dangers    []Action // set apart below the form
}

// FormSection is a titled part of a form. Values and problems are already in the fields.
type FormSection struct {
	Title  string
	Fields []ui.Field
	Checks []Check
}

// Check is a box to tick.
type Check struct {
	Name    string
	Value   string
	Label   string
	Hint    string
	Checked bool
}

// Secret is shown once, with a button to copy it.
type Secret struct {
	Label string
	Value string
	Text  string // that it is not shown again
}

// ErrorPage is what is left to say when there is no page.
type ErrorPage struct {
	Shell
	Status    int // 403, 404, 409, 429, 500 or 503
	Detail    string
	RequestID string
	BackURL   string // where the reader came from; the first page when empty
}

// box is the drawing's coordinate system: ten units a bar, a hundred high.
func (c Chart) box() string {
	return "0 0 " + strconv.Itoa(10*len(c.Bars)) + " 100"
}

func (p FormPage) problems() []ui.FieldProblem {
	var names []string
	for _, section := range p.Sections {
		for _, field := range section.Fields {
			names = append(names, field.Name)
		}
	}
	for _, language := range p.Languages.Rows {
		for _, field := range language.Fields {
			names = append(names, field.Name)
		}
	}
	return ui.Summary(p.Problems, names...)
}

func (p ErrorPage) back() string {
	if p.BackURL == "" {
		return "/"
	}
	return p.BackURL
}

func (p ErrorPage) heading() string {
	switch p.Status {
	case 403:
		return "You may not see this"
	case 404:
		return "There is no such page"
	case 409:
		return "Someone was faster"
	case 429:
		return "That was a little too fast"
	case 503:
		return "The shop’s services do not answer"
	default:
		return "Something went wrong"
	}
}

func (p ErrorPage) text() string {
	switch p.Status {
	case 403:
		return "Your role does not include it. An administrator can change that."
	case 404:
		return "The address may be mistyped, or what it showed was deleted."
	case 409:
		return "What you were changing has changed since you opened it. Go back, look at it again, and repeat your change if it is still needed."
	case 429:
		return "Please wait a moment and try again."
	case 503:
		return "This is usually over within a minute. Nothing you sent was half done."
	default:
		return "It has been recorded. Try again; if it happens once more, pass on the number below."
	}
}
