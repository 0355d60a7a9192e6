package user

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/tradewind-commerce/tradewind/gen/db/userdb"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	userv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/user/v1"
	"github.com/tradewind-commerce/tradewind/platform/address"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// mostAddresses is how many a customer may keep: what can still be chosen from at a checkout.
const mostAddresses = 20

var (
	errNoAddress   = rpc.NotFound("there is no such address of yours")
	errAddressFull = rpc.FailedPrecondition(fmt.Sprintf("you have %d addresses already; remove one first", mostAddresses))
)

// SaveAddress keeps an address as orders do, normalised, and each only once.
func (s *Service) SaveAddress(ctx context.Context, req *userv1.SaveAddressRequest) (*userv1.SaveAddressResponse, error) {
	kept, err := deliverable(req.GetAddress())
	if err != nil {
		return nil, err
	}
	profile, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (*userv1.Profile, error) {
		row, err := lockProfile(ctx, tx)
		if err != nil {
			return nil, err
		}
		addresses, err := listAddresses(ctx, tx, row.ID)
		if err != nil {
			return nil, err
		}
		changed, err := saveAddress(ctx, tx, row.ID, addresses, saved{req.GetId(), kept, req.GetPreferred()})
		if err != nil {
			return nil, err
		}
		if !changed {
			return forCustomer(row, addresses), nil
		}
		return touched(ctx, tx, row.ID)
	})
	if err != nil {
		return nil, err
	}
	return &userv1.SaveAddressResponse{Profile: profile}, nil
}

// saveAddress writes an address beside those that are there, and says whether that changed anything.
func saveAddress(ctx context.Context, tx pgx.Tx, profileID string, addresses []saved, wanted saved) (changed bool, err error) {
	same := slices.IndexFunc(addresses, func(one saved) bool { return one.id != wanted.id && proto.Equal(one.address, wanted.address) })
	at := slices.IndexFunc(addresses, func(one saved) bool { return one.id == wanted.id })
	first := len(addresses) == 0
	switch {
	case wanted.id != "" && at < 0:
		return false, errNoAddress
	case wanted.id == "" && same >= 0:
		wanted.id, at = addresses[same].id, same
	case wanted.id == "" && len(addresses) >= mostAddresses:
		return false, errAddressFull
	case wanted.id == "":
		wanted.id = id.New()
		stored, err := protojson.Marshal(wanted.address)
		if err != nil {
			return false, fmt.Errorf("write address: %w", err)
		}
		err = queries.AddUserAddress(ctx, tx, userdb.AddUserAddressParams{ID: wanted.id, ProfileID: profileID, Address: stored, Now: clock.Now()})
		if err != nil {
			return false, fmt.Errorf("add address: %w", err)
		}
		changed = true
	case !proto.Equal(addresses[at].address, wanted.address):
		if same >= 0 { // what it was changed into was there already, and is kept once
			if _, err := queries.RemoveUserAddress(ctx, tx, userdb.RemoveUserAddressParams{ID: addresses[same].id, ProfileID: profileID}); err != nil {
				return false, fmt.Errorf("remove the same address: %w", err)
			}
			wanted.preferred = wanted.preferred || addresses[same].preferred
		}
		stored, err := protojson.Marshal(wanted.address)
		if err != nil {
			return false, fmt.Errorf("write address: %w", err)
		}
		err = queries.ChangeUserAddress(ctx, tx, userdb.ChangeUserAddressParams{ID: wanted.id, ProfileID: profileID, Address: stored, Now: clock.Now()})
		if err != nil {
			return false, fmt.Errorf("change address: %w", err)
		}
		changed = true
	}
	if first || wanted.preferred && (at < 0 || !addresses[at].preferred) {
		return true, prefer(ctx, tx, profileID, wanted.id)
	}
	return changed, nil
}

func prefer(ctx context.Context, tx pgx.Tx, profileID, addressID string) error {
	now := clock.Now()
	if err := queries.UnpreferUserAddresses(ctx, tx, userdb.UnpreferUserAddressesParams{ProfileID: profileID, Now: now}); err != nil {
		return fmt.Errorf("unprefer addresses: %w", err)
	}
	if err := queries.PreferUserAddress(ctx, tx, userdb.PreferUserAddressParams{ID: addressID, ProfileID: profileID, Now: now}); err != nil {
		return fmt.Errorf("prefer address: %w", err)
	}
	return nil
}

// RemoveAddress has the newest of those that are left preferred when the preferred one goes.
func (s *Service) RemoveAddress(ctx context.Context, req *userv1.RemoveAddressRequest) (*userv1.RemoveAddressResponse, error) {
	profile, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (*userv1.Profile, error) {
		row, err := lockProfile(ctx, tx)
		if err != nil {
			return nil, err
		}
		removed, err := queries.RemoveUserAddress(ctx, tx, userdb.RemoveUserAddressParams{ID: req.GetId(), ProfileID: row.ID})
		if err != nil && !postgres.IsNoRows(err) {
			return nil, fmt.Errorf("remove address: %w", err)
		}
		left, listErr := listAddresses(ctx, tx, row.ID)
		switch {
		case listErr != nil:
			return nil, listErr
		case postgres.IsNoRows(err):
			return forCustomer(row, left), nil
		case removed.Preferred && len(left) > 0:
			if err := prefer(ctx, tx, row.ID, left[0].id); err != nil {
				return nil, err
			}
		}
		return touched(ctx, tx, row.ID)
	})
	if err != nil {
		return nil, err
	}
	return &userv1.RemoveAddressResponse{Profile: profile}, nil
}

// deliverable writes an address as it is stored and compared, or says which fields its country's post would refuse.
func deliverable(typed *typev1.Address) (*typev1.Address, error) {
	tidy := address.Normalise(address.Of(typed))
	if refused := address.Refusals("address", tidy); refused != nil {
		return nil, rpc.InvalidArgument(strings.Join(refused, "; "))
	}
	return &typev1.Address{
		FullName: tidy.Name, Company: tidy.Company, Line1: tidy.Line1, Line2: tidy.Line2, City: tidy.City, Region: tidy.Region,
		PostalCode: tidy.PostalCode, CountryCode: tidy.Country, Phone: strings.TrimSpace(typed.GetPhone()),
	}, nil
}
