package user

import (
	"testing"
	"time"

	userv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/user/v1"
)

// A customer who is quicker than the event of their account sees and keeps a profile; the event then leaves what is there.
func TestProfileBeforeItIsLearnt(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ada, account := s.customer("ada@example.com", time.Now())
	if got := s.profile(ada); got.GetId() != account || got.GetEmail() != "ada@example.com" || got.GetVersion() != 0 {
		t.Errorf("a profile that nothing is known of is %v", got)
	}
	named, err := s.UpdateProfile(ada, &userv1.UpdateProfileRequest{Name: "  Ada   King\u202e "})
	if err != nil {
		t.Fatal(err)
	}
	if got := named.GetProfile(); got.GetName() != "Ada King" || got.GetEmail() != "ada@example.com" || got.GetId() != account {
		t.Errorf("the named profile is %v", got)
	}
	learned, err := s.LearnCustomers(s.staff, &userv1.LearnCustomersRequest{CustomerIds: []string{account}})
	if err != nil || learned.GetLearned() != 0 {
		t.Errorf("learning a profile that is there: %v, %v", learned, err)
	}
	if got := s.profile(ada); got.GetName() != "Ada King" || got.GetVersion() != named.GetProfile().GetVersion() {
		t.Errorf("after the event the profile is %v", got)
	}
}

// A change counts, and nothing else does: staff who look at a customer are not told of changes that were none.
func TestUpdateProfileCountsChanges(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ada, account := s.learnt("ada@example.com", "Ada King", time.Now())
	before := s.profile(ada).GetVersion()
	for _, name := range []string{"Ada King", " Ada  King "} {
		if _, err := s.UpdateProfile(ada, &userv1.UpdateProfileRequest{Name: name}); err != nil {
			t.Fatal(err)
		}
		if got := s.profile(ada).GetVersion(); got != before {
			t.Errorf("naming Ada King %q makes version %d of %d", name, got, before)
		}
	}
	if _, err := s.UpdateCustomer(s.staff, &userv1.UpdateCustomerRequest{Id: account, Version: before, Note: "Pays late"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.UpdateProfile(ada, &userv1.UpdateProfileRequest{}); err != nil {
		t.Fatal(err)
	}
	got := s.profile(ada)
	if got.GetName() != "" || got.GetVersion() != before+2 {
		t.Errorf("a name that was taken away leaves %v", got)
	}
	if got.GetNote() != "" || s.look(account).GetNote() != "Pays late" {
		t.Errorf("the customer reads the note %q, staff %q", got.GetNote(), s.look(account).GetNote())
	}
}
