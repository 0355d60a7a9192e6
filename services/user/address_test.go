package user

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"connectrpc.com/connect/v2"

	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	userv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/user/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
)

func (s *shop) save(ctx context.Context, addressID string, address *typev1.Address, preferred bool) *userv1.Profile {
	s.t.Helper()
	answer, err := s.SaveAddress(ctx, &userv1.SaveAddressRequest{Id: addressID, Address: address, Preferred: preferred})
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.GetProfile()
}

func streets(profile *userv1.Profile) []string {
	var lines []string
	for _, one := range profile.GetAddresses() {
		lines = append(lines, one.GetAddress().GetLine1())
	}
	return lines
}

func (s *shop) wantStreets(what string, profile *userv1.Profile, want ...string) {
	s.t.Helper()
	if got := streets(profile); !slices.Equal(got, want) {
		s.t.Errorf("%s: the addresses are %v, want %v", what, got, want)
	}
}

// idOf is the id of the address with a street.
func idOf(profile *userv1.Profile, line string) string {
	for _, one := range profile.GetAddresses() {
		if one.GetAddress().GetLine1() == line {
			return one.GetId()
		}
	}
	return ""
}

// The preferred address comes first and the newest follow; there is a preferred one as long as there is any.
func TestPreferredAddress(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ada, _ := s.customer("ada@example.com", time.Now())
	s.save(ada, "", street("1 First St"), false)
	s.save(ada, "", street("2 Second St"), false)
	all := s.save(ada, "", street("3 Third St"), false)
	s.wantStreets("the first stays preferred", all, "1 First St", "3 Third St", "2 Second St")
	all = s.save(ada, idOf(all, "2 Second St"), street("2 Second St"), true)
	s.wantStreets("another is preferred", all, "2 Second St", "3 Third St", "1 First St")
	all = s.save(ada, idOf(all, "2 Second St"), street("22 Second St"), false)
	s.wantStreets("it stays so when it is changed", all, "22 Second St", "3 Third St", "1 First St")
	all = s.save(ada, "", street("4 Fourth St"), true)
	s.wantStreets("a new one is preferred", all, "4 Fourth St", "3 Third St", "22 Second St", "1 First St")
	removed, err := s.RemoveAddress(ada, &userv1.RemoveAddressRequest{Id: idOf(all, "4 Fourth St")})
	if err != nil {
		t.Fatal(err)
	}
	s.wantStreets("the preferred one is removed", removed.GetProfile(), "3 Third St", "22 Second St", "1 First St")
	s.wantStreets("a newer one does not take its place", s.save(ada, "", street("5 Fifth St"), false), "3 Third St", "5 Fifth St", "22 Second St", "1 First St")
	again, err := s.RemoveAddress(ada, &userv1.RemoveAddressRequest{Id: idOf(all, "4 Fourth St")})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := again.GetProfile().GetVersion(), s.profile(ada).GetVersion(); got != want || len(again.GetProfile().GetAddresses()) != 4 {
		t.Errorf("removing what is not there: %v", again)
	}
}

// An address is kept once however often it is saved and in whichever of its ways it is typed; what differs in anything is another.
func TestSameAddressIsKeptOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ada, _ := s.customer("ada@example.com", time.Now())
	first := s.save(ada, "", street("1 First St"), false)
	typed := street("  1  First St ")
	typed.Region, typed.CountryCode = "Oregon", "US"
	again := s.save(ada, "", typed, false)
	s.wantStreets("typed otherwise", again, "1 First St")
	if first.GetVersion() != again.GetVersion() || again.GetAddresses()[0].GetAddress().GetRegion() != "OR" {
		t.Errorf("saved again it is %v, was %v", again, first)
	}
	phone := street("1 First St")
	phone.Phone = "+1 503 555 0100"
	all := s.save(ada, "", phone, false)
	s.wantStreets("with a phone number", all, "1 First St", "1 First St")
	all = s.save(ada, "", street("2 Second St"), false)
	all = s.save(ada, idOf(all, "2 Second St"), street("1 First St"), false)
	s.wantStreets("changed into one that is there", all, "1 First St", "1 First St")
	if all.GetAddresses()[0].GetAddress().GetPhone() != "" {
		t.Errorf("the preferred address is %v now", all.GetAddresses()[0])
	}
}

// What a country's post would refuse is not kept, and each field is named as the request names it.
func TestSaveAddressNamesFields(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ada, _ := s.customer("ada@example.com", time.Now())
	wrong := street("1 First St")
	wrong.Region, wrong.PostalCode = "Orgon", "9720"
	_, err := s.SaveAddress(ada, &userv1.SaveAddressRequest{Address: wrong})
	if connect.CodeOf(err) != connect.CodeInvalidArgument || !strings.Contains(err.Error(), "address.region: “Orgon” is no state") ||
		!strings.Contains(err.Error(), "address.postal_code: a ZIP code in the United States has five digits") {
		t.Errorf("an address that cannot be delivered to: %v", err)
	}
	s.wantStreets("nothing is kept", s.profile(ada))
}

// Nobody changes or removes what belongs to another, and an id that is none is none of theirs.
func TestAddressesHaveAnOwner(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ada, _ := s.customer("ada@example.com", time.Now())
	bob, _ := s.customer("bob@example.com", time.Now())
	hers := s.save(ada, "", street("1 First St"), false).GetAddresses()[0].GetId()
	s.save(bob, "", street("9 Ninth St"), false)
	for _, one := range []string{hers, id.New(), "x"} {
		if _, err := s.SaveAddress(bob, &userv1.SaveAddressRequest{Id: one, Address: street("2 Second St"), Preferred: true}); connect.CodeOf(err) != connect.CodeNotFound {
			t.Errorf("Bob changes %s: %v", one, err)
		}
	}
	if _, err := s.RemoveAddress(bob, &userv1.RemoveAddressRequest{Id: hers}); err != nil {
		t.Error(err)
	}
	s.wantStreets("Ada's", s.profile(ada), "1 First St")
	s.wantStreets("Bob's", s.profile(bob), "9 Ninth St")
}

// However many tabs save at once, each address is kept once, there are no more than may be, and one is preferred.
func TestAddressesAreBounded(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ada, _ := s.customer("ada@example.com", time.Now())
	var refused atomic.Int32
	var tabs sync.WaitGroup
	for i := range mostAddresses + 4 {
		for range 2 {
			tabs.Go(func() {
				_, err := s.SaveAddress(ada, &userv1.SaveAddressRequest{Address: street(fmt.Sprint(i, " Long Rd")), Preferred: i%2 == 0})
				switch {
				case connect.CodeOf(err) == connect.CodeFailedPrecondition && err != nil:
					refused.Add(1)
				case err != nil:
					t.Error(err)
				}
			})
		}
	}
	tabs.Wait()
	kept := streets(s.profile(ada))
	if slices.Sort(kept); len(kept) != mostAddresses || len(slices.Compact(kept)) != mostAddresses || refused.Load() != 8 {
		t.Errorf("%d addresses are kept, %d refused: %v", len(kept), refused.Load(), kept)
	}
	var preferred int
	if err := s.cfg.DB.Primary().QueryRow(t.Context(), "select count(*) from user_addresses where preferred").Scan(&preferred); err != nil || preferred != 1 {
		t.Errorf("%d addresses are preferred, %v", preferred, err)
	}
	last := s.profile(ada).GetAddresses()[mostAddresses-1]
	changed := s.save(ada, last.GetId(), street("99 Short Rd"), true)
	if got := streets(changed); len(got) != mostAddresses || got[0] != "99 Short Rd" {
		t.Errorf("a full list was changed to %v", got)
	}
}
