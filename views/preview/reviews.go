package preview

import (
	"github.com/a-h/templ"

	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/storefront"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

func reviewPages() []Page {
	page := func(name string, component templ.Component) Page { return Page{Name: name, Component: component} }
	refused := ui.Problems{"rating": "Choose from 1 to 5 stars", "body": "Write a sentence or two, at most 4,000 characters"}
	return []Page{
		{Name: "storefront/reviews", Component: storefront.Reviews(reviews()), Public: true},
		{Name: "storefront/reviews-none", Public: true, Component: storefront.Reviews(storefront.ReviewsPage{
			Shell: shell("Reviews of Salt", ""), Product: ui.Link{Label: "Salt", URL: "/products/salt"}, Breadcrumb: crumbs("Reviews"), Form: &storefront.ReviewForm{Action: "/products/salt/reviews", AskEmail: true},
		})},
		page("storefront/review", storefront.WriteReview(writeReview(nil))),
		page("storefront/review-refused", storefront.WriteReview(writeReview(refused))),
		page("storefront/review-done", storefront.WriteReview(storefront.WriteReviewPage{Shell: shell("Review", ""), Product: "Stoneware mug", Done: true, BackURL: "/products/stoneware-mug/reviews"})),
		page("admin/reviews", admin.Reviews(officeReviews())),
	}
}

func reviews() storefront.ReviewsPage {
	here := "/products/stoneware-mug/reviews"
	return storefront.ReviewsPage{
		Shell: shell("Reviews of Stoneware mug", ""), Product: ui.Link{Label: "Stoneware mug", URL: "/products/stoneware-mug"}, Breadcrumb: crumbs("Reviews"), Summary: "4.6 out of 5, 38 reviews",
		Histogram: []storefront.StarCount{
			{Label: "5 stars", Count: "31 reviews", Percent: 81, URL: here + "?rating=5", Current: true}, {Label: "4 stars", Count: "4 reviews", Percent: 10, URL: here + "?rating=4"},
			{Label: "3 stars", Count: "0 reviews"}, {Label: "2 stars", Count: "0 reviews"}, {Label: "1 star", Count: "3 reviews", Percent: 7, URL: here + "?rating=1"},
		},
		AllURL: here, Sorts: []ui.Link{{Label: "Newest", URL: here, Current: true}, {Label: "Most stars", URL: here + "?sort=highest"}}, OlderURL: here + "?page=2",
		Reviews: []storefront.Review{
			{Stars: "5 out of 5 stars", Drawn: "★★★★★", Title: "Holds tea", Body: []string{"It does.", markup}, Author: "Maeve", Lang: "en", When: "23 November 2026", WhenISO: "2026-11-23", Verified: true, Reply: []string{"Thank you."}},
			{Stars: "1 out of 5 stars", Drawn: "★☆☆☆☆", Body: []string{longWord}, Author: longWord, Lang: "de", When: "22 November 2026", WhenISO: "2026-11-22"},
		},
		Form: &storefront.ReviewForm{Action: here, AskEmail: true},
	}
}

func writeReview(problems ui.Problems) storefront.WriteReviewPage {
	return storefront.WriteReviewPage{
		Shell: shell("Review Stoneware mug", ""), Product: "Stoneware mug", Verified: true, BackURL: "/orders/x", Breadcrumb: crumbs("Review"),
		Form: storefront.ReviewForm{Action: "/orders/x/reviews/1", Rating: "4", Title: "Holds tea", Author: "Maeve", Problems: problems},
	}
}

func officeReviews() admin.ReviewsPage {
	reply := ui.Field{Name: "reply", Label: "The shop’s answer", Hint: "Shoppers read it below the review.", MaxLength: 4000}
	refused := reply.With("Too long", ui.Problems{"reply": "Write at most 4,000 characters of plain text"})
	return admin.ReviewsPage{
		Shell: office("Reviews", 5),
		List: admin.List{
			Action: "/reviews", Views: []ui.Link{{Label: "Waiting", URL: "/reviews", Current: true}, {Label: "Published", URL: "/reviews?state=published"}},
			Bulk: []admin.BulkAction{{Label: "Publish", URL: "/reviews/publications"}, {Label: "Reject", URL: "/reviews/rejections", Kind: ui.Danger}},
		},
		Rows: []admin.ReviewRow{
			{ID: "1", Product: "Stoneware mug", ProductURL: "/products/1", Stars: "5 stars", Title: "Holds tea", Body: []string{"It does.", markup}, Author: "Maeve", When: "23 Nov 2026, 14:05 UTC", Verified: ui.Tag{Label: "Bought here", Tone: ui.OK}, Action: "/reviews/1/reply", Reply: reply},
			{ID: "2", Product: "Stoneware mug", ProductURL: "/products/1", Stars: "1 star", Body: []string{longWord}, Author: "Bob", When: "22 Nov 2026, 14:05 UTC", Answered: true, Action: "/reviews/2/reply", Reply: refused},
		},
	}
}
