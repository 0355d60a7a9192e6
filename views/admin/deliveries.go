package admin

import "github.com/tradewind-commerce/tradewind/views/ui"

// DeadLettersPage lists deliveries that were given up. Bulk actions and row actions replay and discard.
type DeadLettersPage struct {
	Shell
	List
	Rows []DeadLetterRow
}

// DeadLetterRow is one delivery that a consumer could not digest.
type DeadLetterRow struct {
	ID         string
	Event      string // "order.confirmed"
	EventURL   string // empty where events have no page
	Consumer   string // "mail-confirmation"
	Subject    string // "Order TW-10482"
	SubjectURL string
	Attempts   string
	Error      string
	Failed     string // when it was last tried
	Next       string // "given up", or when it is tried next
	State      ui.Tag
	ReplayURL  string // POST
	DiscardURL string // POST
}

func (r DeadLetterRow) actions() []Action {
	var list []Action
	if r.ReplayURL != "" {
		list = append(list, Action{Label: "Replay", URL: r.ReplayURL})
	}
	if r.DiscardURL != "" {
		list = append(list, Action{Label: "Discard", URL: r.DiscardURL, Kind: ui.Danger, Confirm: "The consumer will never see this event.", Button: "Discard for good"})
	}
	return list
}
