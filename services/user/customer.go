package user

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/userdb"
	authv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/auth/v1"
	userv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/user/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

const (
	usualPage = 50
	// mostMatches is how many customers a query may have to be put in order by itself; what more have is looked for from the newest on.
	mostMatches = 1000
	// mostGroups is how many groups there are to choose from, and mostMembers how far their members are counted.
	mostGroups  = 500
	mostMembers = 1000
)

var (
	errNoCustomer      = rpc.NotFound("there is no such customer")
	errCustomerChanged = rpc.FailedPrecondition("somebody changed this customer meanwhile; look at it again")
	errPageToken       = rpc.InvalidArgument("page_token: not one that this method returned; leave it empty for the first page")
)

// pageKey is the last customer of a page.
type pageKey struct {
	Time time.Time `json:"t"`
	ID   string    `json:"i"`
}

// ListCustomers reads a replica.
func (s *Service) ListCustomers(ctx context.Context, req *userv1.ListCustomersRequest) (*userv1.ListCustomersResponse, error) {
	before := pageKey{Time: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), ID: "ffffffff-ffff-ffff-ffff-ffffffffffff"}
	if err := rpc.ParsePageToken(req.GetPageToken(), &before); err != nil {
		return nil, err
	}
	if !id.Valid(before.ID) {
		return nil, errPageToken
	}
	size := rpc.PageSize(req.GetPageSize(), usualPage)
	rows, err := s.customers(ctx, req, before, size+1)
	if err != nil {
		return nil, fmt.Errorf("list customers: %w", err)
	}
	answer := &userv1.ListCustomersResponse{}
	if len(rows) > int(size) {
		rows = rows[:size]
		last := rows[size-1]
		answer.NextPageToken = rpc.PageToken(pageKey{last.CreateTime, last.ID})
	}
	for _, row := range rows {
		answer.Customers = append(answer.Customers, forStaff(row, nil))
	}
	return answer, nil
}

func (s *Service) customers(ctx context.Context, req *userv1.ListCustomersRequest, before pageKey, count int32) ([]userdb.UserProfile, error) {
	db, group, words := s.cfg.DB.Read(ctx), req.GetCustomerGroup(), wanted(req.GetQuery())
	switch {
	case words != "":
		found, err := queries.FindCustomers(ctx, db, userdb.FindCustomersParams{
			Words: words, CustomerGroup: group, BeforeTime: before.Time, BeforeID: before.ID, Count: count, MostMatches: mostMatches + 1,
		})
		if err == nil && len(found) > 0 && found[0].Matches > mostMatches {
			return queries.FindManyCustomers(ctx, db, userdb.FindManyCustomersParams{Words: words, CustomerGroup: group, BeforeTime: before.Time, BeforeID: before.ID, Count: count})
		}
		rows := make([]userdb.UserProfile, len(found))
		for i, one := range found {
			rows[i] = one.UserProfile
		}
		return rows, err
	case strings.TrimSpace(req.GetQuery()) != "": // nobody's name is made of signs
		return nil, nil
	case group != "":
		return queries.ListCustomersInGroup(ctx, db, userdb.ListCustomersInGroupParams{CustomerGroup: group, BeforeTime: before.Time, BeforeID: before.ID, Count: count})
	default:
		return queries.ListAllCustomers(ctx, db, userdb.ListAllCustomersParams{BeforeTime: before.Time, BeforeID: before.ID, Count: count})
	}
}

// GetCustomer reads a replica.
func (s *Service) GetCustomer(ctx context.Context, req *userv1.GetCustomerRequest) (*userv1.GetCustomerResponse, error) {
	db := s.cfg.DB.Read(ctx)
	row, err := queries.GetUserProfile(ctx, db, req.GetId())
	if postgres.IsNoRows(err) {
		return nil, errNoCustomer
	}
	if err != nil {
		return nil, fmt.Errorf("get customer: %w", err)
	}
	addresses, err := listAddresses(ctx, db, row.ID)
	if err != nil {
		return nil, err
	}
	return &userv1.GetCustomerResponse{Customer: forStaff(row, addresses)}, nil
}

// UpdateCustomer changes a customer as long as it is what staff looked at.
func (s *Service) UpdateCustomer(ctx context.Context, req *userv1.UpdateCustomerRequest) (*userv1.UpdateCustomerResponse, error) {
	customer, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (*userv1.Profile, error) {
		row, err := queries.ChangeCustomer(ctx, tx, userdb.ChangeCustomerParams{
			ID: req.GetId(), Version: req.GetVersion(), CustomerGroup: req.GetCustomerGroup(), Note: strings.TrimSpace(req.GetNote()), Now: clock.Now(),
		})
		if postgres.IsNoRows(err) {
			if _, err := queries.GetUserProfile(ctx, tx, req.GetId()); postgres.IsNoRows(err) {
				return nil, errNoCustomer
			} else if err != nil {
				return nil, fmt.Errorf("get customer: %w", err)
			}
			return nil, errCustomerChanged
		}
		if err != nil {
			return nil, fmt.Errorf("change customer: %w", err)
		}
		addresses, err := listAddresses(ctx, tx, row.ID)
		return forStaff(row, addresses), err
	})
	if err != nil {
		return nil, err
	}
	return &userv1.UpdateCustomerResponse{Customer: customer}, nil
}

// ListCustomerGroups sorts as people do, whatever the language of the database.
func (s *Service) ListCustomerGroups(ctx context.Context, _ *userv1.ListCustomerGroupsRequest) (*userv1.ListCustomerGroupsResponse, error) {
	rows, err := queries.ListCustomerGroups(ctx, s.cfg.DB.Read(ctx), userdb.ListCustomerGroupsParams{MostGroups: mostGroups, MostMembers: mostMembers})
	if err != nil {
		return nil, fmt.Errorf("list customer groups: %w", err)
	}
	slices.SortFunc(rows, func(a, b userdb.ListCustomerGroupsRow) int {
		return strings.Compare(strings.ToLower(a.Name)+"\x00"+a.Name, strings.ToLower(b.Name)+"\x00"+b.Name)
	})
	answer := &userv1.ListCustomerGroupsResponse{}
	for _, row := range rows {
		answer.Groups = append(answer.Groups, &userv1.CustomerGroup{Name: row.Name, Members: row.Members})
	}
	return answer, nil
}

// LearnCustomers asks auth for the accounts and begins a profile for each that has none.
func (s *Service) LearnCustomers(ctx context.Context, req *userv1.LearnCustomersRequest) (*userv1.LearnCustomersResponse, error) {
	accounts, err := s.cfg.Accounts.BatchGetCustomers(ctx, &authv1.BatchGetCustomersRequest{Ids: req.GetCustomerIds()})
	if err != nil {
		return nil, fmt.Errorf("get accounts: %w", err)
	}
	learn := userdb.LearnCustomersParams{Now: clock.Now()}
	for _, account := range accounts.GetCustomers() {
		learn.Ids, learn.Emails = append(learn.Ids, account.GetId()), append(learn.Emails, account.GetEmail())
		learn.CreateTimes = append(learn.CreateTimes, account.GetCreateTime().AsTime())
	}
	learned, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (int64, error) {
		return queries.LearnCustomers(ctx, tx, learn)
	})
	if err != nil {
		return nil, fmt.Errorf("learn customers: %w", err)
	}
	return &userv1.LearnCustomersResponse{Learned: int32(learned)}, nil
}
