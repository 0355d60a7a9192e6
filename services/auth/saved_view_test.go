package auth

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"connectrpc.com/connect/v2"

	authv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/auth/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// colleague is the context of a staff member's calls, who reads what they wrote.
func colleague(t *testing.T, service *Service, email string) context.Context {
	t.Helper()
	created, err := service.CreateStaff(t.Context(), &authv1.CreateStaffRequest{Email: email, DisplayName: "Ada", Password: password})
	if err != nil {
		t.Fatal(err)
	}
	return auth.WithCaller(postgres.WithToken(t.Context(), 0), auth.Caller{Kind: auth.Staff, Subject: created.GetStaff().GetId()})
}

func saveView(t *testing.T, ctx context.Context, service *Service, name, query string) *authv1.SavedView {
	t.Helper()
	saved, err := service.SaveView(ctx, &authv1.SaveViewRequest{Name: name, Query: query})
	if err != nil {
		t.Fatal(err)
	}
	return saved.GetView()
}

// views are "name: query" of all that somebody has.
func views(t *testing.T, ctx context.Context, service *Service) []string {
	t.Helper()
	answer, err := service.ListSavedViews(ctx, &authv1.ListSavedViewsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, view := range answer.GetViews() {
		all = append(all, view.GetName()+": "+view.GetQuery())
	}
	return all
}

// A view is its owner's alone: others neither see nor change it, and may use its name for their own.
func TestSavedViewsHaveAnOwner(t *testing.T) {
	t.Parallel()
	service := newTestService(t)
	ada, bob := colleague(t, service, "ada@example.com"), colleague(t, service, "bob@example.com")
	drafts := saveView(t, ada, service, "To check", "status=draft")
	saveView(t, ada, service, "Cups", "q=cup")
	saveView(t, bob, service, "To check", "picture=none")
	for what, err := range map[string]error{
		"renames": func() error {
			_, err := service.RenameView(bob, &authv1.RenameViewRequest{Id: drafts.GetId(), Name: "Mine"})
			return err
		}(),
		"deletes": func() error {
			_, err := service.DeleteView(bob, &authv1.DeleteViewRequest{Id: drafts.GetId()})
			return err
		}(),
		"deletes what nobody has": func() error {
			_, err := service.DeleteView(ada, &authv1.DeleteViewRequest{Id: id.New()})
			return err
		}(),
	} {
		if connect.CodeOf(err) != connect.CodeNotFound {
			t.Errorf("somebody else %s a view: %v", what, err)
		}
	}
	if got, want := views(t, ada, service), []string{"Cups: q=cup", "To check: status=draft"}; !slices.Equal(got, want) {
		t.Errorf("Ada has %v, want %v", got, want)
	}
	if got, want := views(t, bob, service), []string{"To check: picture=none"}; !slices.Equal(got, want) {
		t.Errorf("Bob has %v, want %v", got, want)
	}
}

// Saving under a name again changes what it holds; a name is one's own once, in any case.
func TestSaveAndRenameViews(t *testing.T) {
	t.Parallel()
	service := newTestService(t)
	ada := colleague(t, service, "ada@example.com")
	first := saveView(t, ada, service, "Cups", "q=cup")
	if again := saveView(t, ada, service, "cups", "q=mug"); again.GetId() != first.GetId() {
		t.Error("a view that was saved again is another one")
	}
	jugs := saveView(t, ada, service, "Jugs", "q=jug")
	if _, err := service.RenameView(ada, &authv1.RenameViewRequest{Id: jugs.GetId(), Name: "CUPS"}); connect.CodeOf(err) != connect.CodeAlreadyExists {
		t.Errorf("a name that is taken: %v", err)
	}
	if _, err := service.RenameView(ada, &authv1.RenameViewRequest{Id: jugs.GetId(), Name: "A jug"}); err != nil {
		t.Fatal(err)
	}
	if got, want := views(t, ada, service), []string{"A jug: q=jug", "cups: q=mug"}; !slices.Equal(got, want) {
		t.Errorf("there are %v, want %v", got, want)
	}
	for range 2 {
		_, _ = service.DeleteView(ada, &authv1.DeleteViewRequest{Id: jugs.GetId()})
	}
	if got, want := views(t, ada, service), []string{"cups: q=mug"}; !slices.Equal(got, want) {
		t.Errorf("there are %v, want %v", got, want)
	}
}

// However many are saved at once, no more are kept than there may be; those can still be changed.
func TestSavedViewsAreBounded(t *testing.T) {
	t.Parallel()
	service := newTestService(t)
	ada := colleague(t, service, "ada@example.com")
	var refused atomic.Int32
	var tabs sync.WaitGroup
	for i := range mostViews + 5 {
		tabs.Go(func() {
			_, err := service.SaveView(ada, &authv1.SaveViewRequest{Name: fmt.Sprint("View ", i), Query: "q=cup"})
			switch {
			case connect.CodeOf(err) == connect.CodeFailedPrecondition && err != nil:
				refused.Add(1)
			case err != nil:
				t.Error(err)
			}
		})
	}
	tabs.Wait()
	kept := views(t, ada, service)
	if len(kept) != mostViews || refused.Load() != 5 {
		t.Fatalf("%d views are kept, %d refused", len(kept), refused.Load())
	}
	name := kept[0][:len(kept[0])-len(": q=cup")]
	saveView(t, ada, service, name, "q=mug")
	if got := views(t, ada, service); got[0] != name+": q=mug" {
		t.Errorf("the view that was changed is %s", got[0])
	}
}
