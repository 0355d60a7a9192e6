package order

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/tradewind-commerce/tradewind/gen/db/orderdb"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	trackingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/tracking/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/idempotency"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// resumeWithin is how long after a download was counted a later part of the file belongs to it: lines break, and players fetch in pieces.
const resumeWithin = time.Hour

var errNoDownload = rpc.NotFound("there is no such download; use the link in your mail, whole")

// Allowance is what buyers may do with a file: so often, and for so long from when it is paid or renewed.
type Allowance struct {
	Times int
	Lasts time.Duration
}

// OpenDownload decides and counts with the download locked, so that no two requests count the last one.
func (s *Service) OpenDownload(ctx context.Context, req *orderv1.OpenDownloadRequest) (*orderv1.OpenDownloadResponse, error) {
	link, err := s.cfg.Links.OpenDownloadLink(ctx, &trackingv1.OpenDownloadLinkRequest{Signed: req.GetSigned()})
	if connect.CodeOf(err) == connect.CodeNotFound {
		return nil, rpc.Passed(err)
	}
	if err != nil {
		return nil, fmt.Errorf("open link: %w", err)
	}
	download := link.GetDownloadId()
	if req.GetLook() {
		found, err := queries.GetDownload(ctx, s.cfg.DB.Primary(), download)
		if postgres.IsNoRows(err) {
			return nil, errNoDownload
		}
		if err != nil {
			return nil, fmt.Errorf("get download: %w", err)
		}
		if state := downloadState(found.Order, found.OrderDownload, clock.Now()); state != Ready {
			// Who is at it already may go on, which only the count can tell.
			if state != UsedUp {
				return nil, errNotReady(state, found.Order, found.OrderDownload)
			}
			resumes, err := resumes(ctx, s.cfg.DB.Primary(), req, download)
			if err != nil || !resumes {
				return nil, orElse(err, errNotReady(state, found.Order, found.OrderDownload))
			}
		}
		return toOpened(found.OrderDownload), nil
	}
	return postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (*orderv1.OpenDownloadResponse, error) {
		return take(ctx, tx, req, download)
	})
}

// take counts a download, unless it goes on with one that was counted.
func take(ctx context.Context, tx pgx.Tx, req *orderv1.OpenDownloadRequest, download string) (*orderv1.OpenDownloadResponse, error) {
	row, err := queries.LockDownload(ctx, tx, download)
	if postgres.IsNoRows(err) {
		return nil, errNoDownload
	}
	if err != nil {
		return nil, fmt.Errorf("lock download: %w", err)
	}
	order, err := queries.GetOrder(ctx, tx, row.OrderID)
	if err != nil {
		return nil, fmt.Errorf("get order: %w", err)
	}
	now := clock.Now()
	state := downloadState(order, row, now)
	if state == Ready || state == UsedUp {
		goesOn, err := resumes(ctx, tx, req, download)
		if err != nil {
			return nil, err
		}
		if goesOn {
			return toOpened(row), nil
		}
	}
	if state != Ready {
		return nil, errNotReady(state, order, row)
	}
	if err := queries.CountTake(ctx, tx, orderdb.CountTakeParams{ID: id.New(), DownloadID: download, Now: now}); err != nil {
		return nil, fmt.Errorf("count download: %w", err)
	}
	return toOpened(row), nil
}

// resumes says whether a request goes on with a download that was counted a moment ago.
func resumes(ctx context.Context, db postgres.DBTX, req *orderv1.OpenDownloadRequest, download string) (bool, error) {
	if !req.GetResume() {
		return false, nil
	}
	last, err := queries.LastTake(ctx, db, download)
	if postgres.IsNoRows(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("find last download: %w", err)
	}
	return clock.Now().Sub(last) < resumeWithin, nil
}

func errNotReady(state DownloadState, order Order, row orderdb.OrderDownload) error {
	return rpc.FailedPrecondition("this file cannot be downloaded now", &orderv1.DownloadProblem{State: state, FileName: row.FileName, OrderNumber: order.Number})
}

func orElse(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// RenewDownload begins a download's time and count anew. What was downloaded before stays written down.
func (s *Service) RenewDownload(ctx context.Context, req *orderv1.RenewDownloadRequest) (*orderv1.RenewDownloadResponse, error) {
	_, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (*emptypb.Empty, error) {
		return idempotency.Do(ctx, tx, req, func() (*emptypb.Empty, error) {
			order, err := lock(ctx, tx, req.GetOrderId())
			if err != nil {
				return nil, err
			}
			row, err := queries.LockDownload(ctx, tx, req.GetDownloadId())
			if postgres.IsNoRows(err) || err == nil && row.OrderID != order.ID {
				return nil, rpc.NotFound("there is no such download in this order")
			}
			if err != nil {
				return nil, fmt.Errorf("lock download: %w", err)
			}
			if !paidFor(order) {
				return nil, rpc.FailedPrecondition("the order is not paid, or it ended; only what is paid for can be downloaded")
			}
			now := clock.Now()
			if _, err := queries.RenewDownload(ctx, tx, orderdb.RenewDownloadParams{ID: row.ID, OrderID: order.ID, Now: now}); err != nil {
				return nil, fmt.Errorf("renew download: %w", err)
			}
			return &emptypb.Empty{}, note(ctx, tx, order.ID, "download.renewed", "The link to "+row.FileName+" was renewed.", actor(auth.CallerFrom(ctx)))
		})
	})
	if err != nil {
		return nil, err
	}
	order, err := s.read(ctx, req.GetOrderId())
	return &orderv1.RenewDownloadResponse{Order: order}, err
}

// addDownloads gives a new order its own copy of what its lines are sold with. lines are as they are stored.
func addDownloads(ctx context.Context, tx pgx.Tx, orderID string, p Placement, lines []lineJSON) error {
	type downloadJSON struct {
		ID          string `json:"id"`
		LineID      string `json:"line_id"`
		Position    int    `json:"position"`
		FileName    string `json:"file_name"`
		ContentType string `json:"content_type"`
		SizeBytes   int64  `json:"size_bytes"`
		BlobKey     string `json:"blob_key"`
	}
	var rows []downloadJSON
	for i, line := range p.Lines {
		for _, file := range line.Offer.GetFiles() {
			rows = append(rows, downloadJSON{
				ID: id.New(), LineID: lines[i].ID, Position: len(rows) + 1, FileName: file.GetName(), ContentType: file.GetContentType(),
				SizeBytes: file.GetSize(), BlobKey: file.GetBlobKey(),
			})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	encoded, err := json.Marshal(rows)
	if err != nil {
		return fmt.Errorf("encode downloads: %w", err)
	}
	err = queries.AddDownloads(ctx, postgres.Later(tx), orderdb.AddDownloadsParams{
		OrderID: orderID, Downloads: encoded, Most: int32(p.Downloads.Times), LastsSeconds: int64(p.Downloads.Lasts / time.Second), Now: clock.Now(),
	})
	if err != nil {
		return fmt.Errorf("add downloads: %w", err)
	}
	return nil
}

// fulfilDigital makes an order of which nothing is sent fulfilled as soon as it is confirmed.
func fulfilDigital(ctx context.Context, tx pgx.Tx, row Order) (Order, error) {
	if !row.Digital {
		return row, nil
	}
	row.State = name(Fulfilled)
	text := "All of it can be downloaded."
	if row.GiftCardsMinor > 0 {
		text = "Nothing of it is sent."
	}
	return row, note(ctx, tx, row.ID, "fulfilled", text, bySystem)
}

// DownloadState is whether a file can be had.
type DownloadState = orderv1.DownloadState

// The states of downloads, by short names.
const (
	Waiting = orderv1.DownloadState_DOWNLOAD_STATE_WAITING
	Ready   = orderv1.DownloadState_DOWNLOAD_STATE_READY
	Ended   = orderv1.DownloadState_DOWNLOAD_STATE_ENDED
	Late    = orderv1.DownloadState_DOWNLOAD_STATE_EXPIRED
	UsedUp  = orderv1.DownloadState_DOWNLOAD_STATE_USED_UP
)

// paidFor says whether the shop has the money of an order and means to keep it.
func paidFor(order Order) bool {
	ended := []State{Pending, Cancelled, Expired}
	paid := []PaymentState{Paid, PartlyRefunded}
	return slices.Contains(paid, parsePaymentState(order.PaymentState)) && !slices.Contains(ended, parseState(order.State))
}

// downloadState follows from the order and the count, so that no event is needed to end what was refunded.
func downloadState(order Order, row orderdb.OrderDownload, now time.Time) DownloadState {
	state := parseState(order.State)
	switch {
	case state == Cancelled, state == Expired, parsePaymentState(order.PaymentState) == Refunded:
		return Ended
	case !paidFor(order) || row.ExpireTime == nil:
		return Waiting
	case !now.Before(*row.ExpireTime):
		return Late
	case row.Taken >= row.Most:
		return UsedUp
	default:
		return Ready
	}
}

// downloads returns what can be downloaded of an order, with links.
func (s *Service) downloads(ctx context.Context, order Order) ([]*orderv1.Download, error) {
	rows, err := queries.ListDownloads(ctx, s.cfg.DB.Read(ctx), order.ID)
	if err != nil {
		return nil, fmt.Errorf("list downloads: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	links, err := s.cfg.Links.SignDownloadLinks(ctx, &trackingv1.SignDownloadLinksRequest{DownloadIds: ids})
	if err != nil {
		return nil, fmt.Errorf("sign download links: %w", err)
	}
	now := clock.Now()
	list := make([]*orderv1.Download, len(rows))
	for i, row := range rows {
		list[i] = &orderv1.Download{
			Id: row.ID, LineId: row.LineID, FileName: row.FileName, ContentType: row.ContentType, Size: row.SizeBytes,
			State: downloadState(order, row, now), Signed: links.GetSigned()[i], ExpireTime: timestamp(row.ExpireTime), Taken: row.Taken, Most: row.Most,
		}
	}
	return list, nil
}

// addTakes tells staff when each download was counted.
func (s *Service) addTakes(ctx context.Context, order *orderv1.Order) error {
	if len(order.GetDownloads()) == 0 {
		return nil
	}
	rows, err := queries.ListDownloadTakes(ctx, s.cfg.DB.Read(ctx), order.GetId())
	if err != nil {
		return fmt.Errorf("list downloads taken: %w", err)
	}
	for _, download := range order.GetDownloads() {
		for _, row := range rows {
			if row.DownloadID == download.GetId() {
				download.TakeTimes = append(download.TakeTimes, timestamppb.New(row.Time))
			}
		}
	}
	return nil
}

func toOpened(row orderdb.OrderDownload) *orderv1.OpenDownloadResponse {
	return &orderv1.OpenDownloadResponse{BlobKey: row.BlobKey, FileName: row.FileName, ContentType: row.ContentType, Size: row.SizeBytes}
}
