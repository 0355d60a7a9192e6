// Package user keeps what the shop knows about people who have an account: names, addresses, and the groups that staff put them in.
package user

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/tradewind-commerce/tradewind/gen/db/userdb"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/auth/v1/authv1connect"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	userv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/user/v1"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

var queries = userdb.New()

// Config is what the service works with.
type Config struct {
	DB *postgres.DB
	// Accounts knows whose e-mail address an account has.
	Accounts authv1connect.CustomerServiceClient
}

// Service implements ProfileService and CustomerService.
type Service struct{ cfg Config }

// New needs everything in the configuration.
func New(cfg Config) *Service { return &Service{cfg: cfg} }

// forCustomer is a profile as its owner may see it.
func forCustomer(row userdb.UserProfile, addresses []saved) *userv1.Profile {
	profile := forStaff(row, addresses)
	profile.Note = ""
	return profile
}

func forStaff(row userdb.UserProfile, addresses []saved) *userv1.Profile {
	profile := &userv1.Profile{
		Id: row.ID, Email: row.Email, Name: row.Name, CustomerGroup: row.CustomerGroup, CreateTime: timestamppb.New(row.CreateTime), Version: row.Version, Note: row.Note,
	}
	for _, one := range addresses {
		profile.Addresses = append(profile.Addresses, &userv1.SavedAddress{Id: one.id, Address: one.address})
	}
	return profile
}

// saved is an address that a customer keeps.
type saved struct {
	id        string
	address   *typev1.Address
	preferred bool
}

func readAddresses(rows []userdb.UserAddress) ([]saved, error) {
	addresses := make([]saved, len(rows))
	for i, row := range rows {
		addresses[i] = saved{row.ID, &typev1.Address{}, row.Preferred}
		if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(row.Address, addresses[i].address); err != nil {
			return nil, fmt.Errorf("read address %s: %w", row.ID, err)
		}
	}
	return addresses, nil
}
