package main

import (
	"net/http"
	"strings"

	eventv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/event/v1"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// deliveries lists events that could not be worked off.
func (o *office) deliveries(w http.ResponseWriter, v visit) error {
	list := newList(v.URL, "/deliveries", "")
	answer, err := o.Deliveries.ListDeadDeliveries(v.ctx, &eventv1.ListDeadDeliveriesRequest{PageSize: list.size, PageToken: v.URL.Query().Get("page")})
	if err != nil {
		return err
	}
	page := admin.DeadLettersPage{Shell: o.shell(w, v, "Failed deliveries")}
	list.Total = plural(int64(answer.GetTotal()), "failed delivery", "failed deliveries")
	list.Bulk = []admin.BulkAction{{Label: "Replay", URL: "/deliveries/replay"}, {Label: "Discard", URL: "/deliveries/discard", Kind: ui.Danger}}
	page.List = list.finish(answer.GetNextPageToken())
	for _, delivery := range answer.GetDeliveries() {
		page.Rows = append(page.Rows, admin.DeadLetterRow{
			ID: delivery.GetId(), Event: delivery.GetTopic()[strings.LastIndexByte(delivery.GetTopic(), '.')+1:], Consumer: delivery.GetConsumer(),
			Subject: delivery.GetPayloadJson(), Attempts: plural(int64(delivery.GetAttempts()), "try", "tries"), Error: delivery.GetError(),
			Failed: when(delivery.GetDeadTime()), Next: "given up", State: ui.Tag{Label: "Dead", Tone: ui.Bad},
			ReplayURL: "/deliveries/replay?id=" + delivery.GetId(), DiscardURL: "/deliveries/discard?id=" + delivery.GetId(),
		})
	}
	return web.Render(w, v.Request, http.StatusOK, admin.DeadLetters(page))
}

// replay has the chosen ones tried again.
func (o *office) replay(w http.ResponseWriter, v visit) error {
	return o.actOn(w, v, "deliveries.sent", func(ids []string) (int64, error) {
		answer, err := o.Deliveries.ReplayDeliveries(v.ctx, &eventv1.ReplayDeliveriesRequest{Ids: ids})
		return int64(answer.GetReplayed()), err
	})
}

// discard removes the chosen ones.
func (o *office) discard(w http.ResponseWriter, v visit) error {
	return o.actOn(w, v, "deliveries.gone", func(ids []string) (int64, error) {
		answer, err := o.Deliveries.DiscardDeliveries(v.ctx, &eventv1.DiscardDeliveriesRequest{Ids: ids})
		return int64(answer.GetDiscarded()), err
	})
}

func (o *office) actOn(w http.ResponseWriter, v visit, flash string, act func(ids []string) (int64, error)) error {
	if err := v.ParseForm(); err != nil {
		return web.Problem{Status: http.StatusUnprocessableEntity, Message: "The form could not be read."}
	}
	ids := v.Form["id"]
	if len(ids) == 0 {
		o.cookies.SetFlash(w, web.Flash{Code: "deliveries.empty"})
	} else {
		done, err := act(ids)
		if err != nil {
			return err
		}
		o.cookies.SetFlash(w, web.Flash{Code: flash, Subject: count(done)})
	}
	web.SeeOther(w, v.Request, "/deliveries")
	return nil
}
