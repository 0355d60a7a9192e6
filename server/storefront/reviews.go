package storefront

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"connectrpc.com/connect/v2"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/edge"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/storefront"
	"github.com/tradewind-commerce/tradewind/views/ui"
	"github.com/tradewind-commerce/tradewind/views/wording"
)

// reviewsPerPage is how many reviews a page shows.
const reviewsPerPage = 10

var reviewSorts = []struct {
	value string
	label wording.Sentence
	order productv1.ReviewOrder
}{
	{"", wording.Sentence("Newest"), productv1.ReviewOrder_REVIEW_ORDER_UNSPECIFIED},
	{"highest", wording.Sentence("Most stars"), productv1.ReviewOrder_REVIEW_ORDER_HIGHEST},
	{"lowest", wording.Sentence("Fewest stars"), productv1.ReviewOrder_REVIEW_ORDER_LOWEST},
}

func (s *Shop) reviewsURL(slug string) string { return s.productURL(slug) + "/reviews" }

// rating says what reviews give on average; empty without any.
func (s *Shop) rating(average int32, count int64) string {
	if count == 0 {
		return ""
	}
	return s.words.Say("%.1f out of 5, %s", float64(average)/100, s.words.Count(int(count), "%d review", "%d reviews"))
}

// reviewSummary is what a product's page says of its reviews.
func (s *Shop) reviewSummary(product *catalogv1.Product) *storefront.ReviewSummary {
	text := s.rating(product.GetRatingAverage(), product.GetRatingCount())
	return &storefront.ReviewSummary{Text: cmp.Or(text, s.words.Say("Write the first review")), URL: s.reviewsURL(product.GetSlug())}
}

// reviewedProduct is the product of a page of reviews.
func (s *Shop) reviewedProduct(r *http.Request) (*catalogv1.Product, error) {
	answer, err := s.Catalog.GetProduct(r.Context(), &catalogv1.GetProductRequest{Slug: r.PathValue("slug"), Locale: s.locale})
	if connect.CodeOf(err) == connect.CodeFailedPrecondition {
		return nil, web.Problem{Status: http.StatusGone}
	}
	return answer.GetProduct(), err
}

// reviews shows what buyers say of a product.
func (s *Shop) reviews(w http.ResponseWriter, r *http.Request) error {
	product, err := s.reviewedProduct(r)
	if err != nil {
		return err
	}
	here, query := s.reviewsURL(product.GetSlug()), r.URL.Query()
	ownSlug, _ := s.own().slugIn(product)
	ownPage := s.own().reviewsURL(ownSlug)
	req := &productv1.ListReviewsRequest{ProductId: product.GetId(), PageSize: reviewsPerPage, PageToken: query.Get("page")}
	if stars, err := strconv.Atoi(query.Get("rating")); err == nil && stars >= 1 && stars <= 5 {
		req.Rating = int32(stars)
	}
	for _, sort := range reviewSorts {
		if sort.value == query.Get("sort") {
			req.Order = sort.order
		}
	}
	answer, err := s.Reviews.ListReviews(r.Context(), req)
	if connect.CodeOf(err) == connect.CodeInvalidArgument {
		return web.NotFound
	}
	if err != nil {
		return err
	}
	page := storefront.ReviewsPage{
		Shell: s.shell(r.Context(), s.words.Say("Reviews of %s", product.GetName())), Product: ui.Link{Label: product.GetName(), URL: s.productURL(product.GetSlug())},
		Breadcrumb: []ui.Link{{Label: s.words.Say("Home"), URL: s.path("/")}, {Label: product.GetName(), URL: s.productURL(product.GetSlug())}, {Label: s.words.Say("Reviews"), URL: here, Current: true}},
		Form:       &storefront.ReviewForm{Action: ownPage, AskEmail: true},
	}
	page.Shell.Description = s.words.Say("What buyers say of %s.", product.GetName())
	page.Canonical, page.NoIndex = s.absolute(ownPage), r.URL.RawQuery != ""
	s.addLanguages(&page.Shell, func(other *Shop) (string, bool) {
		slug, _ := other.slugIn(product)
		return other.reviewsURL(slug), other == s.own() // reviews are not translated
	})
	s.stars(&page, answer.GetHistogram(), here, req.GetRating())
	if req.GetRating() == 0 {
		for _, sort := range reviewSorts {
			link := ui.Link{Label: s.words.Say(sort.label), URL: here, Current: sort.order == req.GetOrder()}
			if sort.value != "" {
				link.URL += "?" + url.Values{"sort": {sort.value}}.Encode()
			}
			page.Sorts = append(page.Sorts, link)
		}
	}
	for _, review := range answer.GetReviews() {
		page.Reviews = append(page.Reviews, s.shownReview(review))
	}
	if next := answer.GetNextPageToken(); next != "" {
		query.Set("page", next)
		page.OlderURL = here + "?" + query.Encode()
	}
	mark(w, nil, edge.Product(product.GetId()))
	return web.Render(w, r, http.StatusOK, storefront.Reviews(page))
}

// stars fills in how many reviews give how many stars. The average is that of these counts, so that the page agrees with itself.
func (s *Shop) stars(page *storefront.ReviewsPage, histogram []int64, here string, chosen int32) {
	var count, sum int64
	for i, n := range histogram {
		count, sum = count+n, sum+n*int64(i+1)
	}
	if count == 0 {
		return
	}
	page.Summary = s.rating(int32((sum*100+count/2)/count), count)
	for i, n := range slices.Backward(histogram) {
		line := storefront.StarCount{
			Label: s.words.Count(i+1, "%d star", "%d stars"), Count: s.words.Count(int(n), "%d review", "%d reviews"), Percent: int(n * 100 / count), Current: chosen == int32(i+1),
		}
		if n > 0 {
			line.URL = here + "?rating=" + strconv.Itoa(i+1)
		}
		page.Histogram = append(page.Histogram, line)
	}
	if chosen > 0 {
		page.AllURL = here
	}
}

func (s *Shop) shownReview(review *productv1.Review) storefront.Review {
	stars := int(review.GetRating())
	shown := storefront.Review{
		Stars: s.words.Say("%d out of 5 stars", stars), Drawn: strings.Repeat("★", stars) + strings.Repeat("☆", 5-stars), Title: review.GetTitle(),
		Body: strings.Split(review.GetBody(), "\n\n"), Author: review.GetAuthor(), Lang: review.GetLocale(), Verified: review.GetVerified(),
		When: s.words.Date(review.GetCreateTime().AsTime()), WhenISO: review.GetCreateTime().AsTime().Format(time.DateOnly),
	}
	if review.GetReply() != "" {
		shown.Reply = strings.Split(review.GetReply(), "\n\n")
	}
	return shown
}

// submitReview takes what anybody says of a product.
func (s *Shop) submitReview(w http.ResponseWriter, r *http.Request) error {
	product, err := s.reviewedProduct(r)
	if err != nil {
		return err
	}
	page := storefront.WriteReviewPage{
		Shell: s.privateShell(r, s.words.Say("Review of %s", product.GetName())), Product: product.GetName(), BackURL: s.reviewsURL(product.GetSlug()),
		Breadcrumb: []ui.Link{{Label: s.words.Say("Home"), URL: s.path("/")}, {Label: product.GetName(), URL: s.productURL(product.GetSlug())}, {Label: s.words.Say("Review"), URL: s.reviewsURL(product.GetSlug()), Current: true}},
		Form:       storefront.ReviewForm{Action: s.reviewsURL(product.GetSlug()), AskEmail: true, Email: typed(r, "email")},
	}
	return s.takeReview(w, r, page, &productv1.SubmitReviewRequest{ProductId: product.GetId(), Email: page.Form.Email})
}

// takeReview hands a review in and says thank you, or shows the form again with what is wrong. A program that filled in everything is thanked as well.
func (s *Shop) takeReview(w http.ResponseWriter, r *http.Request, page storefront.WriteReviewPage, req *productv1.SubmitReviewRequest) error {
	form := &page.Form
	form.Rating, form.Title, form.Body, form.Author = typed(r, "rating"), typed(r, "title"), typed(r, "body"), typed(r, "author")
	form.Problems = ui.Problems{}
	stars, err := strconv.Atoi(form.Rating)
	if err != nil || stars < 1 || stars > 5 {
		form.Problems["rating"] = s.words.Say("Choose from 1 to 5 stars")
	}
	for _, text := range []struct {
		name, value, missing string
		least, most          int
	}{
		{"title", form.Title, s.words.Say("Write at most 120 characters"), 0, 120}, {"body", form.Body, s.words.Say("Write a sentence or two, at most 4,000 characters"), 1, 4000},
		{"author", form.Author, s.words.Say("Write a name of at most 60 characters"), 1, 60}, {"email", req.GetEmail(), s.words.Say("Enter your email address, such as ada@example.com"), 3, 254},
	} {
		if n := len([]rune(text.value)); n < text.least || n > text.most {
			form.Problems[text.name] = text.missing
		}
	}
	if len(form.Problems) == 0 && r.PostFormValue("website") == "" {
		req.Rating, req.Title, req.Body, req.Author = int32(stars), form.Title, form.Body, form.Author
		_, err := s.Reviews.SubmitReview(r.Context(), req)
		switch connect.CodeOf(err) {
		case connect.CodeInvalidArgument:
			if field, reason, found := strings.Cut(words(err), ": "); found {
				form.Problems[strings.ToLower(field)] = s.words.Say("This text %s", reason)
			} else {
				form.Problems[""] = words(err)
			}
		case connect.CodeAlreadyExists:
			form.Problems[""] = words(err)
		default:
			if err != nil {
				return err
			}
		}
	}
	status := http.StatusUnprocessableEntity
	if len(form.Problems) == 0 {
		page.Done, status = true, http.StatusOK
	}
	return web.Render(w, r, status, storefront.WriteReview(page))
}

// writeReview asks who holds the link of an order for a review of what was bought.
func (s *Shop) writeReview(w http.ResponseWriter, r *http.Request) error {
	page, _, err := s.boughtPage(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, storefront.WriteReview(page))
}

// submitBought takes a review of who holds the link of an order.
func (s *Shop) submitBought(w http.ResponseWriter, r *http.Request) error {
	page, req, err := s.boughtPage(r)
	if err != nil {
		return err
	}
	return s.takeReview(w, r, page, req)
}

// boughtPage finds what was bought in an order that its link opens. This is the proof that a review's author bought the product.
func (s *Shop) boughtPage(r *http.Request) (storefront.WriteReviewPage, *productv1.SubmitReviewRequest, error) {
	order, err := s.openOrder(r)
	if err != nil {
		return storefront.WriteReviewPage{}, nil, err
	}
	line := slices.IndexFunc(order.GetLines(), func(l *orderv1.OrderLine) bool { return l.GetProductId() == r.PathValue("product") })
	if line < 0 || !reviewable(order) {
		return storefront.WriteReviewPage{}, nil, web.NotFound
	}
	name, back := order.GetLines()[line].GetProductName(), orderURL(r.PathValue("signed"))
	page := storefront.WriteReviewPage{
		Shell: s.privateShell(r, s.words.Say("Review of %s", name)), Product: name, Verified: true, BackURL: back,
		Breadcrumb: []ui.Link{{Label: s.words.Say("Order %s", order.GetNumber()), URL: back}, {Label: s.words.Say("Review"), URL: r.URL.Path, Current: true}},
		Form:       storefront.ReviewForm{Action: r.URL.Path, Author: firstName(order.GetDeliveryAddress().GetFullName())},
	}
	return page, &productv1.SubmitReviewRequest{ProductId: r.PathValue("product"), OrderId: order.GetId(), Email: order.GetEmail()}, nil
}

// reviewable says whether an order proves that its goods were bought.
func reviewable(order *orderv1.Order) bool {
	switch order.GetState() {
	case orderv1.OrderState_ORDER_STATE_CONFIRMED, orderv1.OrderState_ORDER_STATE_PARTLY_FULFILLED, orderv1.OrderState_ORDER_STATE_FULFILLED,
		orderv1.OrderState_ORDER_STATE_DELIVERED, orderv1.OrderState_ORDER_STATE_CLOSED:
		return true
	default:
		return false
	}
}

func firstName(name string) string {
	first, _, _ := strings.Cut(name, " ")
	return first
}
