package user

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect/v2"

	userv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/user/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
)

// opened is when the n-th account of a test was opened.
func opened(n int) time.Time {
	return time.Date(2026, 11, 1, 0, n, 0, 0, time.UTC)
}

// found are the e-mail addresses of all pages, as staff who look for a query and a group see them.
func (s *shop) found(query, group string, size int32) []string {
	s.t.Helper()
	var emails []string
	req := &userv1.ListCustomersRequest{Query: query, CustomerGroup: group, PageSize: size}
	for {
		answer, err := s.ListCustomers(s.staff, req)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, one := range answer.GetCustomers() {
			name, _, _ := strings.Cut(one.GetEmail(), "@")
			emails = append(emails, name)
		}
		if req.PageToken = answer.GetNextPageToken(); req.GetPageToken() == "" {
			return emails
		}
		if len(answer.GetCustomers()) != int(size) {
			s.t.Fatalf("a page of %d that is not the last has %d", size, len(answer.GetCustomers()))
		}
	}
}

func (s *shop) put(account, group string) {
	s.t.Helper()
	_, err := s.UpdateCustomer(s.staff, &userv1.UpdateCustomerRequest{Id: account, Version: s.look(account).GetVersion(), CustomerGroup: group})
	if err != nil {
		s.t.Fatal(err)
	}
}

// Staff find a customer by how the e-mail address or a word of the name begins, in any case and without accents, and by nothing that stands elsewhere.
func TestFindCustomers(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for i, one := range [][2]string{
		{"ada.lovelace@example.com", "Ada King"}, {"bob@example.com", "José O’Neill-Ruiz"}, {"cleo@sample.example", "Cléo Adams"},
		{"d@example.com", strings.Repeat("ﷺ", 60)}, {"quote's\\@example.com", ""},
	} {
		s.learnt(one[0], one[1], opened(i))
	}
	for query, want := range map[string][]string{
		"":      {"quote's\\", "d", "cleo", "bob", "ada.lovelace"},
		" ada ": {"cleo", "ada.lovelace"}, "ADA.LOVE": {"ada.lovelace"}, "ada.lovelace@example.com": {"ada.lovelace"}, "Ada King": {"ada.lovelace"}, "king a": {"ada.lovelace"},
		"jose": {"bob"}, "JOSÉ": {"bob"}, "ruiz": {"bob"}, "o'neill": {"bob"}, "cleo": {"cleo"}, "Cléo": {"cleo"},
		"lovelace": nil, "example.com": nil, "ada cleo": {"cleo"}, "ada bob": nil, "@": nil, "'": nil, "quote's\\": {"quote's\\"}, "x' | 'ada": nil, "ada:*": {"cleo", "ada.lovelace"}, "a\x00da": {"cleo", "ada.lovelace"},
		strings.Repeat("ﷺ", 60): {"d"}, strings.Repeat("z ", 100): nil,
	} {
		if got := s.found(query, "", 2); !slices.Equal(got, want) {
			t.Errorf("%.30q finds %v, want %v", query, got, want)
		}
	}
}

// A page follows the one before without gap or repeat, newest first, also where accounts were opened in the same moment, of all and of a group.
func TestListCustomersByPages(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	var want, trade []string
	for i := range 7 {
		_, account := s.learnt(fmt.Sprintf("c%d@example.com", i), "Ada", opened(i/3))
		want = append([]string{fmt.Sprint("c", i)}, want...)
		if i%2 == 0 {
			s.put(account, "trade")
			trade = append([]string{fmt.Sprint("c", i)}, trade...)
		}
	}
	for _, size := range []int32{1, 2, 3, 50} {
		if got := s.found("", "", size); !slices.Equal(got, want) {
			t.Errorf("pages of %d show %v, want %v", size, got, want)
		}
		if got := s.found("", "trade", size); !slices.Equal(got, trade) {
			t.Errorf("pages of %d of the group show %v, want %v", size, got, trade)
		}
		if got := s.found("ad", "trade", size); !slices.Equal(got, trade) {
			t.Errorf("pages of %d of Adas in the group show %v, want %v", size, got, trade)
		}
	}
	if got := s.found("", "Trade", 50); got != nil {
		t.Errorf("another group has %v", got)
	}
	for _, token := range []string{"x", "e30", "eyJpIjoieCJ9"} {
		if _, err := s.ListCustomers(s.staff, &userv1.ListCustomersRequest{PageToken: token}); token != "e30" && connect.CodeOf(err) != connect.CodeInvalidArgument {
			t.Errorf("page token %s: %v", token, err)
		}
	}
}

// Words that more customers have than can be put in order at once still give every customer once, newest first, to the last page.
func TestFindManyCustomers(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	_, err := s.cfg.DB.Primary().Exec(t.Context(), `insert into user_profiles (id, email, name_words, customer_group, create_time, update_time)
		select gen_random_uuid(), 'c' || n || '@example.com', '{ada}', case when n % 2 = 0 then 'trade' else '' end, '2026-11-01'::timestamptz + n / 5 * interval '1 minute', now() from generate_series(1, 1100) n`)
	if err != nil {
		t.Fatal(err)
	}
	s.learnt("last@example.com", "Ada King", opened(500)) // whatever staff read afterwards is as new as this
	for group, want := range map[string]int{"": 1101, "trade": 550} {
		found := s.found("ad", group, 100)
		if len(found) != want {
			t.Errorf("of the group %q %d customers are found, want %d", group, len(found), want)
		}
		if !slices.Equal(found, s.found("", group, 200)) {
			t.Errorf("the group %q is found otherwise than it is listed", group)
		}
	}
}

// What staff write is not lost to what somebody else writes at the same time, customer or colleague.
func TestUpdateCustomerGuardsVersion(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ada, account := s.learnt("ada@example.com", "Ada", opened(0))
	seen := s.look(account).GetVersion()
	update := func(version int64, group, note string) error {
		_, err := s.UpdateCustomer(s.staff, &userv1.UpdateCustomerRequest{Id: account, Version: version, CustomerGroup: group, Note: note})
		return err
	}
	if err := update(seen, "trade", " Pays late\n"); err != nil {
		t.Fatal(err)
	}
	if got := s.look(account); got.GetCustomerGroup() != "trade" || got.GetNote() != "Pays late" || got.GetVersion() != seen+1 {
		t.Errorf("the customer is %v", got)
	}
	if err := update(seen, "staff", ""); connect.CodeOf(err) != connect.CodeFailedPrecondition || !strings.Contains(err.Error(), "somebody changed this customer") {
		t.Errorf("a colleague who looked before: %v", err)
	}
	seen = s.look(account).GetVersion()
	s.save(ada, "", street("1 First St"), false)
	if err := update(seen, "staff", ""); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("staff who looked before the customer moved: %v", err)
	}
	if got := s.look(account); got.GetCustomerGroup() != "trade" || len(got.GetAddresses()) != 1 {
		t.Errorf("what was refused has made %v", got)
	}
	if got := s.profile(ada); got.GetCustomerGroup() != "trade" {
		t.Errorf("the customer is in the group %q", got.GetCustomerGroup())
	}
	for name, err := range map[string]error{
		"look": func() error {
			_, err := s.GetCustomer(s.staff, &userv1.GetCustomerRequest{Id: id.New()})
			return err
		}(),
		"update": func() error {
			_, err := s.UpdateCustomer(s.staff, &userv1.UpdateCustomerRequest{Id: id.New(), Version: 1})
			return err
		}(),
	} {
		if connect.CodeOf(err) != connect.CodeNotFound {
			t.Errorf("%s at nobody: %v", name, err)
		}
	}
}

// Groups are those with members, in alphabetical order, and nobody counts all the members of a large one.
func TestListCustomerGroups(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	groups := func() string {
		answer, err := s.ListCustomerGroups(s.staff, &userv1.ListCustomerGroupsRequest{})
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, group := range answer.GetGroups() {
			all = append(all, fmt.Sprint(group.GetName(), " ", group.GetMembers()))
		}
		return strings.Join(all, ", ")
	}
	if got := groups(); got != "" {
		t.Errorf("a shop without customers has the groups %s", got)
	}
	var last string
	for i, group := range []string{"trade", "", "Students", "trade", "press"} {
		_, last = s.learnt(fmt.Sprintf("c%d@example.com", i), "", opened(i))
		s.put(last, group)
	}
	if got, want := groups(), "press 1, Students 1, trade 2"; got != want {
		t.Errorf("the groups are %s, want %s", got, want)
	}
	s.put(last, "")
	_, err := s.cfg.DB.Primary().Exec(t.Context(), `insert into user_profiles (id, email, customer_group, create_time, update_time)
		select gen_random_uuid(), n || '@example.com', 'members', now(), now() from generate_series(1, 1200) n`)
	if err != nil {
		t.Fatal(err)
	}
	s.put(last, "") // so that staff read what stands there now
	if got, want := groups(), "members 1000, Students 1, trade 2"; got != want {
		t.Errorf("the groups are %s, want %s", got, want)
	}
}

// New accounts are learnt once however often the event comes, in one statement; an account that is gone is left out.
func TestLearnCustomers(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	var accounts []string
	for i := range 3 {
		_, account := s.customer(fmt.Sprintf("c%d@example.com", i), opened(i))
		accounts = append(accounts, account)
	}
	for i, want := range []int32{2, 1, 0} {
		asked := append([]string{id.New()}, accounts[:min(i+2, 3)]...)
		answer, err := s.LearnCustomers(s.staff, &userv1.LearnCustomersRequest{CustomerIds: asked})
		if err != nil || answer.GetLearned() != want {
			t.Errorf("event %d: learnt %d, want %d: %v", i, answer.GetLearned(), want, err)
		}
	}
	if got, want := s.found("", "", 50), []string{"c2", "c1", "c0"}; !slices.Equal(got, want) {
		t.Errorf("there are %v, want %v", got, want)
	}
	if got := s.look(accounts[1]); !got.GetCreateTime().AsTime().Equal(opened(1)) || got.GetVersion() != 1 {
		t.Errorf("the customer is %v", got)
	}
	answer, err := s.LearnCustomers(s.staff, &userv1.LearnCustomersRequest{CustomerIds: []string{id.New()}})
	if err != nil || answer.GetLearned() != 0 {
		t.Errorf("an account that is gone: %v, %v", answer, err)
	}
}
