package main

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"connectrpc.com/connect/v2"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// mostModerated is how many reviews are decided on at once: a page of them.
const mostModerated = 100

var reviewViews = []struct {
	value, label string
	state        productv1.ReviewState
}{
	{"", "Waiting", productv1.ReviewState_REVIEW_STATE_PENDING},
	{"published", "Published", productv1.ReviewState_REVIEW_STATE_PUBLISHED},
	{"rejected", "Rejected", productv1.ReviewState_REVIEW_STATE_REJECTED},
}

// reviews lists what buyers say, what nobody has read yet first.
func (o *office) reviews(w http.ResponseWriter, v visit) error {
	return o.showReviews(w, v, http.StatusOK, "", admin.ReviewRow{})
}

// showReviews shows the list, with a reply that was refused in the row of its review.
func (o *office) showReviews(w http.ResponseWriter, v visit, status int, view string, refused admin.ReviewRow) error {
	if view == "" {
		view = v.URL.Query().Get("state")
	}
	list := newList(&url.URL{RawQuery: v.URL.RawQuery}, "/reviews", "")
	req := &productv1.ListReviewsInStateRequest{PageSize: list.size, PageToken: v.URL.Query().Get("page")}
	for _, known := range reviewViews {
		link := ui.Link{Label: known.label, URL: "/reviews", Current: known.value == view}
		if known.value != "" {
			link.URL += "?state=" + known.value
		}
		if link.Current {
			req.State = known.state
		}
		list.Views = append(list.Views, link)
	}
	answer, err := o.Reviews.ListReviewsInState(v.ctx, req)
	if err != nil {
		return err
	}
	page := admin.ReviewsPage{Shell: o.shell(w, v, "Reviews")}
	mayWrite := v.may("products.write")
	if mayWrite && req.GetState() != productv1.ReviewState_REVIEW_STATE_PUBLISHED {
		list.Bulk = append(list.Bulk, admin.BulkAction{Label: "Publish", URL: "/reviews/publications"})
	}
	if mayWrite && req.GetState() != productv1.ReviewState_REVIEW_STATE_REJECTED {
		list.Bulk = append(list.Bulk, admin.BulkAction{Label: "Reject", URL: "/reviews/rejections", Kind: ui.Danger})
	}
	page.List = list.finish(answer.GetNextPageToken())
	for _, review := range answer.GetReviews() {
		row := admin.ReviewRow{
			ID: review.GetId(), Product: review.GetProductName(), ProductURL: "/products/" + review.GetProductId(), Stars: plural(int64(review.GetRating()), "star", "stars"),
			Title: review.GetTitle(), Body: strings.Split(review.GetBody(), "\n\n"), Author: review.GetAuthor(), When: when(review.GetCreateTime()),
		}
		if review.GetVerified() {
			row.Verified = ui.Tag{Label: "Bought here", Tone: ui.OK}
		}
		if mayWrite {
			field := ui.Field{Name: "reply", Label: "The shop’s answer", Value: review.GetReply(), Rows: 3, MaxLength: 4000, Optional: true, Hint: "Shoppers read it below the review. Empty takes it away."}
			if refused.ID == review.GetId() {
				field = field.With(refused.Reply.Value, ui.Problems{"reply": refused.Reply.Error})
			}
			row.Action, row.Reply = "/reviews/"+review.GetId()+"/reply", field
		}
		row.Answered = review.GetReply() != ""
		page.Rows = append(page.Rows, row)
	}
	return web.Render(w, v.Request, status, admin.Reviews(page))
}

// publishReviews has shoppers read the ticked reviews.
func (o *office) publishReviews(w http.ResponseWriter, v visit) error {
	return o.moderate(w, v, productv1.ReviewState_REVIEW_STATE_PUBLISHED, "reviews.published")
}

// rejectReviews keeps the ticked reviews from shoppers.
func (o *office) rejectReviews(w http.ResponseWriter, v visit) error {
	return o.moderate(w, v, productv1.ReviewState_REVIEW_STATE_REJECTED, "reviews.rejected")
}

func (o *office) moderate(w http.ResponseWriter, v visit, state productv1.ReviewState, flash string) error {
	if err := v.ParseForm(); err != nil {
		return web.Problem{Status: http.StatusUnprocessableEntity, Message: "The form could not be read."}
	}
	ids := slices.Compact(slices.Sorted(slices.Values(v.PostForm["id"])))
	switch {
	case len(ids) == 0:
		o.cookies.SetFlash(w, web.Flash{Code: "reviews.none"})
	case len(ids) > mostModerated:
		return web.Problem{Status: http.StatusUnprocessableEntity, Message: "Tick at most 100 reviews at once."}
	default:
		answer, err := o.Reviews.ModerateReviews(v.ctx, &productv1.ModerateReviewsRequest{Ids: ids, State: state})
		if err != nil {
			return err
		}
		o.cookies.SetFlash(w, web.Flash{Code: flash, Subject: count(int64(answer.GetChanged()))})
	}
	web.SeeOther(w, v.Request, "/reviews")
	return nil
}

// replyReview answers a review.
func (o *office) replyReview(w http.ResponseWriter, v visit) error {
	reply := strings.TrimSpace(v.PostFormValue("reply"))
	answer, err := o.Reviews.ReplyReview(v.ctx, &productv1.ReplyReviewRequest{Id: v.PathValue("id"), Reply: reply})
	if connect.CodeOf(err) == connect.CodeInvalidArgument {
		row := admin.ReviewRow{ID: v.PathValue("id")}
		row.Reply.Value, row.Reply.Error = reply, "Write at most 4,000 characters of plain text"
		return o.showReviews(w, v, http.StatusUnprocessableEntity, v.PostFormValue("state"), row)
	}
	if err != nil {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: "review.replied"})
	to := "/reviews"
	for _, known := range reviewViews {
		if known.state == answer.GetReview().GetState() && known.value != "" {
			to += "?state=" + known.value
		}
	}
	web.SeeOther(w, v.Request, to)
	return nil
}
