package user

import (
	"context"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	authv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/auth/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/auth/v1/authv1connect"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	userv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/user/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
)

// accounts are those that auth has; any number of its other methods nobody asks here.
type accounts struct {
	authv1connect.CustomerServiceClient
	opened map[string]*authv1.Customer
}

func (a *accounts) BatchGetCustomers(_ context.Context, req *authv1.BatchGetCustomersRequest) (*authv1.BatchGetCustomersResponse, error) {
	answer := &authv1.BatchGetCustomersResponse{}
	for _, one := range req.GetIds() {
		if customer := a.opened[one]; customer != nil {
			answer.Customers = append(answer.Customers, customer)
		}
	}
	return answer, nil
}

// shop is the service with auth's accounts beside it.
type shop struct {
	*Service
	t        *testing.T
	accounts *accounts
	staff    context.Context //nolint:containedctx // ends with the test
}

func newShop(t *testing.T) *shop {
	t.Helper()
	known := &accounts{opened: map[string]*authv1.Customer{}}
	return &shop{New(Config{DB: postgrestest.New(t), Accounts: known}), t, known, postgres.WithToken(t.Context(), 0)}
}

// customer opens an account that the service has not heard of; its context reads what staff write, and the other way round.
func (s *shop) customer(email string, opened time.Time) (ctx context.Context, account string) {
	s.t.Helper()
	account = id.New()
	s.accounts.opened[account] = &authv1.Customer{Id: account, Email: email, CreateTime: timestamppb.New(opened)}
	return auth.WithCaller(s.staff, auth.Caller{Kind: auth.Customer, Subject: account, Name: email}), account
}

// learnt opens an account that the service has heard of, and names it.
func (s *shop) learnt(email, name string, opened time.Time) (ctx context.Context, account string) {
	s.t.Helper()
	ctx, account = s.customer(email, opened)
	if _, err := s.LearnCustomers(s.staff, &userv1.LearnCustomersRequest{CustomerIds: []string{account}}); err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.UpdateProfile(ctx, &userv1.UpdateProfileRequest{Name: name}); err != nil {
		s.t.Fatal(err)
	}
	return ctx, account
}

func (s *shop) profile(ctx context.Context) *userv1.Profile {
	s.t.Helper()
	answer, err := s.GetProfile(ctx, &userv1.GetProfileRequest{})
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.GetProfile()
}

func (s *shop) look(account string) *userv1.Profile {
	s.t.Helper()
	answer, err := s.GetCustomer(s.staff, &userv1.GetCustomerRequest{Id: account})
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.GetCustomer()
}

func street(line string) *typev1.Address {
	return &typev1.Address{FullName: "Ada Lovelace", Line1: line, City: "Portland", Region: "OR", PostalCode: "97201", CountryCode: "US"}
}
