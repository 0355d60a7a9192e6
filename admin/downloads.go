package main

import (
	"fmt"
	"net/http"
	"net/url"

	"connectrpc.com/connect/v2"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

var downloadTags = map[orderv1.DownloadState]ui.Tag{
	orderv1.DownloadState_DOWNLOAD_STATE_WAITING: {Label: "Not paid yet", Tone: ui.Warn},
	orderv1.DownloadState_DOWNLOAD_STATE_READY:   {Label: "Open", Tone: ui.OK},
	orderv1.DownloadState_DOWNLOAD_STATE_EXPIRED: {Label: "Expired", Tone: ui.Bad},
	orderv1.DownloadState_DOWNLOAD_STATE_USED_UP: {Label: "Used up", Tone: ui.Bad},
	orderv1.DownloadState_DOWNLOAD_STATE_ENDED:   {Label: "Ended", Tone: ui.Neutral},
}

// downloads shows what was done with the files of an order, and opens links again.
func (o *office) downloads(v visit, order *orderv1.Order, list *list) []admin.Download {
	var rows []admin.Download
	for _, file := range order.GetDownloads() {
		row := admin.Download{
			Name: file.GetFileName(), Size: size(file.GetSize()), State: downloadTags[file.GetState()], Until: when(file.GetExpireTime()),
			Taken: fmt.Sprintf("%d of %d", file.GetTaken(), file.GetMost()),
		}
		for _, at := range file.GetTakeTimes() {
			row.Times = append(row.Times, when(at))
		}
		switch file.GetState() {
		case orderv1.DownloadState_DOWNLOAD_STATE_READY, orderv1.DownloadState_DOWNLOAD_STATE_EXPIRED, orderv1.DownloadState_DOWNLOAD_STATE_USED_UP:
			if v.may("orders.write") {
				row.Renew = &admin.Action{
					Label: "Renew", URL: list.narrowed("/orders/" + order.GetId() + "/downloads/" + file.GetId() + "/renewals"),
					Hidden: []ui.Hidden{{Name: "key", Value: id.New()}},
				}
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// renewDownload opens a link again. The key was made with the page, so that two presses are one.
func (o *office) renewDownload(w http.ResponseWriter, v visit) error {
	_, err := o.Orders.RenewDownload(v.ctx, &orderv1.RenewDownloadRequest{
		OrderId: v.PathValue("id"), DownloadId: v.PathValue("download"), IdempotencyKey: v.PostFormValue("key"),
	})
	if connect.CodeOf(err) == connect.CodeFailedPrecondition {
		return o.showOrder(w, v, http.StatusConflict, ui.Problems{"": words(err)})
	}
	if err != nil {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: "download.renewed"})
	list, _ := orderList(v.URL)
	web.SeeOther(w, v.Request, list.narrowed("/orders/"+url.PathEscape(v.PathValue("id"))))
	return nil
}
