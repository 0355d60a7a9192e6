package checkout

import (
	"strings"

	"google.golang.org/protobuf/proto"

	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/address"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// normalised writes an address as it is stored, so that tax and carriers get the region as its code and the postcode as the post writes it. The one given is
// the caller's and stays as it is.
func normalised(typed *typev1.Address) *typev1.Address {
	if typed == nil {
		return nil
	}
	kept, tidy := proto.CloneOf(typed), address.Normalise(address.Of(typed))
	kept.FullName, kept.Company, kept.Line1, kept.Line2, kept.City = tidy.Name, tidy.Company, tidy.Line1, tidy.Line2, tidy.City
	kept.Region, kept.PostalCode, kept.CountryCode = tidy.Region, tidy.PostalCode, tidy.Country
	kept.Phone = strings.TrimSpace(kept.GetPhone())
	return kept
}

// deliverable refuses what the countries of the addresses refuse, each field by its name. A billing address alone says more than a country, so it is looked at too.
func deliverable(to, bill *typev1.Address) error {
	var refused []string
	for _, one := range []struct {
		field   string
		address *typev1.Address
	}{{"delivery_address", to}, {"billing_address", bill}} {
		if one.address == nil {
			continue
		}
		refused = append(refused, address.Refusals(one.field, address.Of(one.address))...)
	}
	if refused == nil {
		return nil
	}
	return rpc.InvalidArgument(strings.Join(refused, "; "))
}
