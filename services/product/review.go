package product

import (
	"cmp"
	"context"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"unicode"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/product/feed"
)

// A review's life: pending → published or rejected, and from either to the other as often as staff change their mind.
const (
	reviewPending   = "pending"
	reviewPublished = "published"
	reviewRejected  = "rejected"
)

var reviewStates = map[productv1.ReviewState]string{
	productv1.ReviewState_REVIEW_STATE_PENDING:   reviewPending,
	productv1.ReviewState_REVIEW_STATE_PUBLISHED: reviewPublished,
	productv1.ReviewState_REVIEW_STATE_REJECTED:  reviewRejected,
}

const maxReviewText = 4000 // characters of a review or a reply

// SubmitReview keeps a review for staff to read.
func (s *Service) SubmitReview(ctx context.Context, req *productv1.SubmitReviewRequest) (*productv1.SubmitReviewResponse, error) {
	row := productdb.AddReviewParams{
		ID: id.New(), ProductID: req.GetProductId(), Rating: int16(req.GetRating()), Locale: cmp.Or(req.GetLocale(), s.cfg.Locale), Now: clock.Now(),
	}
	if req.GetOrderId() != "" {
		order := req.GetOrderId()
		row.OrderID = &order
	}
	for _, text := range []struct {
		field, raw string
		read       func(string, int) (string, string)
		limit      int
		into       *string
	}{
		{"title", req.GetTitle(), feed.Line, 120, &row.Title}, {"body", req.GetBody(), reviewText, maxReviewText, &row.Body},
		{"author", req.GetAuthor(), feed.Line, 60, &row.Author}, {"email", req.GetEmail(), feed.Line, 254, &row.Email}, {"locale", row.Locale, feed.Line, 35, &row.Locale},
	} {
		clean, reason := text.read(text.raw, text.limit)
		if reason != "" {
			return nil, rpc.InvalidArgument(text.field + ": " + reason)
		}
		*text.into = clean
	}
	address, err := mail.ParseAddress(row.Email)
	switch {
	case row.Body == "":
		return nil, rpc.InvalidArgument("body: says nothing; write a sentence or two")
	case !strings.ContainsFunc(row.Author, unicode.IsLetter):
		return nil, rpc.InvalidArgument("author: has no letters; write the name that others shall read")
	case err != nil || address.Address != row.Email:
		return nil, rpc.InvalidArgument("email: is no address such as ada@example.com")
	}
	_, err = postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (struct{}, error) {
		forSale, err := queries.IsProductOnSale(ctx, tx, row.ProductID)
		if err == nil && !forSale {
			return struct{}{}, rpc.NotFound("this product is not for sale")
		}
		if err != nil {
			return struct{}{}, fmt.Errorf("look for product: %w", err)
		}
		return struct{}{}, queries.AddReview(ctx, tx, row)
	})
	switch {
	case postgres.Violates(err, "product_reviews_order"):
		return nil, rpc.AlreadyExists("there is a review of this product for this order already")
	case postgres.Violates(err, "product_reviews_pending_email"):
		return nil, rpc.AlreadyExists("a review of yours is waiting to be read; it will appear soon")
	case err != nil:
		return nil, err
	}
	return &productv1.SubmitReviewResponse{}, nil
}

// reviewText cleans paragraphs that somebody typed, in which markup means nothing.
func reviewText(raw string, limit int) (text, reason string) {
	raw = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(raw) // so that it is read as it was written
	return feed.Paragraphs(raw, limit)
}

// reviewsPage is where a page of reviews begins: after the one with this id and as many stars.
type reviewsPage struct {
	ID     string `json:"i"`
	Rating int16  `json:"r,omitempty"`
}

// ListReviews pages through what was published.
func (s *Service) ListReviews(ctx context.Context, req *productv1.ListReviewsRequest) (*productv1.ListReviewsResponse, error) {
	page := reviewsPage{ID: highestID, Rating: 6}
	lowest := req.GetOrder() == productv1.ReviewOrder_REVIEW_ORDER_LOWEST && req.GetRating() == 0
	if lowest {
		page = reviewsPage{ID: lowestID}
	}
	if err := rpc.ParsePageToken(req.GetPageToken(), &page); err != nil {
		return nil, err
	}
	if !id.Valid(page.ID) {
		return nil, rpc.InvalidArgument("page_token: not one that this method returned; leave it empty for the first page")
	}
	size := rpc.PageSize(req.GetPageSize(), 10)
	db := s.cfg.DB.Read(ctx)
	var rows []productdb.ProductReview
	var err error
	switch {
	case req.GetRating() > 0:
		rows, err = queries.ListReviewsOfRating(ctx, db, productdb.ListReviewsOfRatingParams{ProductID: req.GetProductId(), Rating: int16(req.GetRating()), BeforeID: page.ID, PageSize: size + 1})
	case lowest:
		rows, err = queries.ListReviewsLowest(ctx, db, productdb.ListReviewsLowestParams{ProductID: req.GetProductId(), AfterRating: page.Rating, AfterID: page.ID, PageSize: size + 1})
	case req.GetOrder() == productv1.ReviewOrder_REVIEW_ORDER_HIGHEST:
		rows, err = queries.ListReviewsHighest(ctx, db, productdb.ListReviewsHighestParams{ProductID: req.GetProductId(), BeforeRating: page.Rating, BeforeID: page.ID, PageSize: size + 1})
	default:
		rows, err = queries.ListReviews(ctx, db, productdb.ListReviewsParams{ProductID: req.GetProductId(), BeforeID: page.ID, PageSize: size + 1})
	}
	if err != nil {
		return nil, fmt.Errorf("list reviews: %w", err)
	}
	answer := &productv1.ListReviewsResponse{Histogram: make([]int64, 5)}
	if len(rows) > int(size) {
		rows = rows[:size]
		answer.NextPageToken = rpc.PageToken(reviewsPage{rows[size-1].ID, rows[size-1].Rating})
	}
	for _, row := range rows {
		answer.Reviews = append(answer.Reviews, toReview(row))
	}
	counts, err := queries.ListRatings(ctx, db, []string{req.GetProductId()})
	if err != nil {
		return nil, fmt.Errorf("list ratings: %w", err)
	}
	for _, count := range counts {
		answer.Histogram[count.Rating-1] = count.Reviews
	}
	return answer, nil
}

// ListReviewsInState pages through what staff read.
func (s *Service) ListReviewsInState(ctx context.Context, req *productv1.ListReviewsInStateRequest) (*productv1.ListReviewsInStateResponse, error) {
	page := reviewsPage{ID: highestID}
	if err := rpc.ParsePageToken(req.GetPageToken(), &page); err != nil {
		return nil, err
	}
	if !id.Valid(page.ID) {
		return nil, rpc.InvalidArgument("page_token: not one that this method returned; leave it empty for the first page")
	}
	size := rpc.PageSize(req.GetPageSize(), 50)
	rows, err := queries.ListReviewsInState(ctx, s.cfg.DB.Read(ctx), productdb.ListReviewsInStateParams{
		State: cmp.Or(reviewStates[req.GetState()], reviewPending), BeforeID: page.ID, PageSize: size + 1,
	})
	if err != nil {
		return nil, fmt.Errorf("list reviews: %w", err)
	}
	answer := &productv1.ListReviewsInStateResponse{}
	if len(rows) > int(size) {
		rows = rows[:size]
		answer.NextPageToken = rpc.PageToken(reviewsPage{ID: rows[size-1].ProductReview.ID})
	}
	for _, row := range rows {
		review := toReview(row.ProductReview)
		review.ProductName = row.ProductName
		answer.Reviews = append(answer.Reviews, review)
	}
	return answer, nil
}

// ModerateReviews moves reviews and counts their stars, in one transaction with the event that has the catalogue show the new average.
func (s *Service) ModerateReviews(ctx context.Context, req *productv1.ModerateReviewsRequest) (*productv1.ModerateReviewsResponse, error) {
	state := reviewStates[req.GetState()]
	changed, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (int32, error) {
		rows, err := queries.LockReviews(ctx, tx, req.GetIds())
		if err != nil {
			return 0, fmt.Errorf("lock reviews: %w", err)
		}
		rows = slices.DeleteFunc(rows, func(r productdb.ProductReview) bool { return r.State == state })
		if len(rows) == 0 {
			return 0, nil
		}
		now := clock.Now()
		moved := productdb.SetReviewStatesParams{State: state, ModeratedBy: callerName(ctx), Now: now}
		for _, row := range rows {
			moved.Ids = append(moved.Ids, row.ID)
		}
		if err := queries.SetReviewStates(ctx, tx, moved); err != nil {
			return 0, fmt.Errorf("set states: %w", err)
		}
		counts, products := ratingsOf(rows, state)
		if len(products) == 0 {
			return int32(len(rows)), nil
		}
		if err := queries.RaiseVersions(ctx, tx, productdb.RaiseVersionsParams{Ids: products, Now: now}); err != nil {
			return 0, fmt.Errorf("raise versions: %w", err)
		}
		if err := queries.AddRatings(ctx, tx, counts); err != nil {
			return 0, fmt.Errorf("count ratings: %w", err)
		}
		return int32(len(rows)), tellChanged(ctx, tx, products)
	})
	if err != nil {
		return nil, err
	}
	return &productv1.ModerateReviewsResponse{Changed: changed}, nil
}

// ratingsOf is by how much the stars of products change when reviews move to a state, and which products these are.
func ratingsOf(rows []productdb.ProductReview, state string) (counts productdb.AddRatingsParams, products []string) {
	type stars struct {
		product string
		rating  int16
	}
	by := map[stars]int64{}
	for _, row := range rows {
		switch {
		case state == reviewPublished:
			by[stars{row.ProductID, row.Rating}]++
		case row.State == reviewPublished:
			by[stars{row.ProductID, row.Rating}]--
		}
	}
	for of, n := range by {
		counts.ProductIds, counts.Ratings, counts.Reviews = append(counts.ProductIds, of.product), append(counts.Ratings, of.rating), append(counts.Reviews, n)
	}
	products = slices.Clone(counts.ProductIds)
	slices.Sort(products)
	return counts, slices.Compact(products)
}

// ReplyReview answers a review.
func (s *Service) ReplyReview(ctx context.Context, req *productv1.ReplyReviewRequest) (*productv1.ReplyReviewResponse, error) {
	reply, reason := reviewText(req.GetReply(), maxReviewText)
	if reason != "" {
		return nil, rpc.InvalidArgument("reply: " + reason)
	}
	review, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (productdb.ProductReview, error) {
		rows, err := queries.LockReviews(ctx, tx, []string{req.GetId()})
		if err != nil {
			return productdb.ProductReview{}, fmt.Errorf("lock review: %w", err)
		}
		if len(rows) == 0 {
			return productdb.ProductReview{}, rpc.NotFound("there is no such review")
		}
		now := clock.Now()
		row := rows[0]
		row.Reply, row.ReplyTime = reply, nil
		if reply != "" {
			row.ReplyTime = &now
		}
		return row, queries.ReplyReview(ctx, tx, productdb.ReplyReviewParams{ID: row.ID, Reply: reply, ReplyTime: row.ReplyTime, Now: now})
	})
	if err != nil {
		return nil, err
	}
	return &productv1.ReplyReviewResponse{Review: toReview(review)}, nil
}

func toReview(row productdb.ProductReview) *productv1.Review {
	r := &productv1.Review{
		Id: row.ID, ProductId: row.ProductID, Rating: int32(row.Rating), Title: row.Title, Body: row.Body, Author: row.Author, Locale: row.Locale,
		Verified: row.OrderID != nil, Reply: row.Reply, CreateTime: timestamppb.New(row.CreateTime),
	}
	for state, name := range reviewStates {
		if name == row.State {
			r.State = state
		}
	}
	if row.ReplyTime != nil {
		r.ReplyTime = timestamppb.New(*row.ReplyTime)
	}
	return r
}
