// Package auth knows who is asking: it issues guests' tokens, signs customers in by mailed codes, checks staff passwords,
// and keeps the sessions of both, and the views that staff save.
package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/tradewind-commerce/tradewind/gen/db/authdb"
	authv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/auth/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// guestLifetime is how long a cart is remembered.
const guestLifetime = 30 * 24 * time.Hour

var queries = authdb.New()

// Service implements AuthService, CustomerService, StaffService and SavedViewService.
type Service struct {
	db     *postgres.DB
	signer *auth.Signer
	hashes *hasher
	codes  codeKeys
}

// New needs the key that tokens are signed with, and the installation's secrets, the one in force first, for customers' codes. They are settings, so
// that several instances share them.
func New(db *postgres.DB, signer *auth.Signer, secrets ...[]byte) (*Service, error) {
	if signer == nil {
		return nil, errors.New("auth needs SIGNING_KEY: 32 random bytes in base64, the same for every instance of auth")
	}
	hashes, err := newHasher()
	if err != nil {
		return nil, err
	}
	codes, err := newCodeKeys(secrets)
	if err != nil {
		return nil, err
	}
	return &Service{db: db, signer: signer, hashes: hashes, codes: codes}, nil
}

// IssueGuestToken makes a new guest. Nothing is stored: a guest is whoever holds the token.
func (s *Service) IssueGuestToken(context.Context, *authv1.IssueGuestTokenRequest) (*authv1.IssueGuestTokenResponse, error) {
	expires := clock.Now().Add(guestLifetime)
	token, err := s.signer.Sign(auth.Caller{Kind: auth.Guest, Subject: id.New()}, expires)
	if err != nil {
		return nil, err
	}
	return &authv1.IssueGuestTokenResponse{Token: token, ExpireTime: timestamppb.New(expires)}, nil
}

// ListSigningKeys returns the key in force.
func (s *Service) ListSigningKeys(context.Context, *authv1.ListSigningKeysRequest) (*authv1.ListSigningKeysResponse, error) {
	key := s.signer.PublicKey()
	return &authv1.ListSigningKeysResponse{Keys: []*authv1.SigningKey{{Id: key.ID, PublicKey: key.Key}}}, nil
}

// staffPermissions are what the back office can do. Roles that hold fewer come with user management.
var staffPermissions = []string{
	"catalog.read", "catalog.write", "customers.read", "customers.write", "gift_cards.read", "gift_cards.write", "inventory.read", "inventory.write", "orders.read", "orders.write", "products.read", "products.write",
	"promotions.read", "promotions.write", "settings.read", "settings.write", "system.read", "system.write",
}

// CreateStaff adds a person with every permission.
func (s *Service) CreateStaff(ctx context.Context, req *authv1.CreateStaffRequest) (*authv1.CreateStaffResponse, error) {
	hash, err := s.hashes.hash(ctx, req.GetPassword())
	if err != nil {
		return nil, err
	}
	staff := &authv1.Staff{
		Id: id.New(), Email: normalizeEmail(req.GetEmail()), DisplayName: req.GetDisplayName(), Permissions: staffPermissions,
	}
	err = queries.CreateStaff(ctx, s.db.Primary(), authdb.CreateStaffParams{
		ID: staff.GetId(), Email: staff.GetEmail(), DisplayName: staff.GetDisplayName(),
		PasswordHash: hash, Permissions: staff.GetPermissions(), CreateTime: clock.Now(),
	})
	switch {
	case postgres.Violates(err, "auth_staff_email_key"):
		return nil, errEmailTaken
	case postgres.Violates(err, "auth_staff_email"):
		return nil, errNoEmail
	case err != nil:
		return nil, fmt.Errorf("create staff: %w", err)
	}
	return &authv1.CreateStaffResponse{Staff: staff}, nil
}
