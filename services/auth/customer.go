package auth

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/mail"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/tradewind-commerce/tradewind/gen/db/authdb"
	authv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/auth/v1"
	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/platform/web"
)

const (
	// codeLifetime is how long a mailed code can be entered.
	codeLifetime = 15 * time.Minute
	// maxTries is how often a code can be guessed at. With the limits below that is 50 guesses in a day at one address, of a hundred million codes.
	maxTries = 5

	// Limits of codes, whether or not there is an account: for one address in an hour and in a day, and from one network in an hour. Strangers can use up an address's; where its
	// owner has signed in before, only what was asked from there counts, so that they are never kept out there.
	maxCodesInHour    = 3
	maxCodesInDay     = 10
	maxCodesByNetwork = 10
	// maxWrongByNetwork bounds wrong codes from one network within a failureWindow, over all sign-ins.
	maxWrongByNetwork = 20

	// sweptAtOnce is how many old rows go as a new one comes: more than come, so that they get fewer.
	sweptAtOnce = 100
)

var (
	errNoSignIn    = rpc.NotFound("there is no such sign-in")
	errNoCodeDue   = rpc.FailedPrecondition("this sign-in has ended or was used; no mail is due")
	errWrongCode   = rpc.Unauthenticated("the code is wrong or has ended; ask for a new one")
	errNoAddressee = rpc.InvalidArgument("email: this is not an e-mail address; it looks like ann@example.com")
)

// SendSignInCode has a code mailed. It does the same whether the address has an account or not.
func (s *Service) SendSignInCode(ctx context.Context, req *authv1.SendSignInCodeRequest) (*authv1.SendSignInCodeResponse, error) {
	email, network, now := normalizeEmail(req.GetEmail()), shopperNetwork(ctx), clock.Now()
	if parsed, err := mail.ParseAddress(email); err != nil || parsed.Address != email {
		return nil, errNoAddressee
	}
	row := authdb.CreateSignInParams{ID: id.New(), Email: email, Network: network, Salt: newSalt(), Now: now, ExpireTime: now.Add(codeLifetime)}
	return postgres.InTx(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (*authv1.SendSignInCodeResponse, error) {
		if err := checkCodes(ctx, tx, row); err != nil {
			return nil, err
		}
		err := queries.RemoveOldSignIns(ctx, tx, authdb.RemoveOldSignInsParams{Before: now.Add(-24 * time.Hour), Most: sweptAtOnce})
		if err != nil {
			return nil, fmt.Errorf("remove old sign-ins: %w", err)
		}
		err = queries.CreateSignIn(ctx, tx, row)
		if postgres.Violates(err, "auth_sign_ins_email") {
			return nil, errNoAddressee
		}
		if err != nil {
			return nil, fmt.Errorf("create sign-in: %w", err)
		}
		return &authv1.SendSignInCodeResponse{SignInId: row.ID, ExpireTime: timestamppb.New(row.ExpireTime)},
			broker.Publish(ctx, tx, &authv1.SignInCodeAsked{SignInId: row.ID})
	})
}

// shopperNetwork is what limits count by; empty, which they do not, for the machine itself: behind a proxy there that TRUSTED_PROXIES does not name, all shoppers
// would be one.
func shopperNetwork(ctx context.Context) string {
	if web.Client(ctx).IsLoopback() {
		return ""
	}
	return web.ClientNetwork(ctx)
}

// checkCodes refuses a code beyond the limits, which then counts for nothing. Others that are asked for at the same time wait for it.
func checkCodes(ctx context.Context, tx pgx.Tx, asked authdb.CreateSignInParams) error {
	if err := queries.LockSignIns(ctx, tx, authdb.LockSignInsParams{Email: asked.Email, Network: asked.Network}); err != nil {
		return fmt.Errorf("lock sign-ins: %w", err)
	}
	before, err := queries.ReadSignIns(ctx, tx, authdb.ReadSignInsParams{
		Email: asked.Email, Network: asked.Network, Hour: asked.Now.Add(-time.Hour), Day: asked.Now.Add(-24 * time.Hour),
		PerHour: maxCodesInHour, PerDay: maxCodesInDay, PerNetwork: maxCodesByNetwork,
	})
	if err != nil {
		return fmt.Errorf("read sign-ins: %w", err)
	}
	wait := max(before.HourTime.Add(time.Hour).Sub(asked.Now), before.DayTime.Add(24*time.Hour).Sub(asked.Now), before.NetworkTime.Add(time.Hour).Sub(asked.Now))
	if wait > 0 {
		return errTooMany("too many codes were asked for", wait)
	}
	return nil
}

// OpenSignInCode tells the code, for as long as it can be entered.
func (s *Service) OpenSignInCode(ctx context.Context, req *authv1.OpenSignInCodeRequest) (*authv1.OpenSignInCodeResponse, error) {
	row, err := queries.GetSignIn(ctx, s.db.Primary(), req.GetSignInId())
	if postgres.IsNoRows(err) {
		return nil, errNoSignIn
	}
	if err != nil {
		return nil, fmt.Errorf("get sign-in: %w", err)
	}
	if row.UsedTime != nil || row.Tries >= maxTries || !row.ExpireTime.After(clock.Now()) {
		return nil, errNoCodeDue
	}
	return &authv1.OpenSignInCodeResponse{Email: row.Email, Code: s.codes.code(row.Salt), ExpireTime: timestamppb.New(row.ExpireTime)}, nil
}

// SignIn counts a try before it looks at the code, at the sign-in and for the network.
func (s *Service) SignIn(ctx context.Context, req *authv1.SignInRequest) (*authv1.SignInResponse, error) {
	network, now := shopperNetwork(ctx), clock.Now()
	try, err := s.countCode(ctx, network, now)
	if err != nil {
		return nil, err
	}
	row, err := queries.TrySignIn(ctx, s.db.Primary(), authdb.TrySignInParams{ID: req.GetSignInId(), Most: maxTries, Now: now})
	if postgres.IsNoRows(err) {
		return nil, errWrongCode
	}
	if err != nil {
		return nil, fmt.Errorf("try sign-in: %w", err)
	}
	if !s.codes.match(req.GetCode(), row.Salt) {
		return nil, errWrongCode
	}
	secret, expires := rand.Text(), now.Add(customerSessionLifetime) // 130 random bits
	customer, err := postgres.InTx(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (authdb.AuthCustomer, error) {
		used, err := queries.UseSignIn(ctx, tx, authdb.UseSignInParams{ID: req.GetSignInId(), Now: &now})
		if err != nil {
			return authdb.AuthCustomer{}, fmt.Errorf("use sign-in: %w", err)
		}
		if used == 0 {
			return authdb.AuthCustomer{}, errWrongCode
		}
		if err := queries.RemoveSignInTry(ctx, tx, try); err != nil {
			return authdb.AuthCustomer{}, fmt.Errorf("remove sign-in try: %w", err)
		}
		customer, err := account(ctx, tx, row.Email, now)
		if err != nil {
			return authdb.AuthCustomer{}, err
		}
		return customer, openCustomerSession(ctx, tx, authdb.CreateCustomerSessionParams{
			SecretHash: hashSecret(secret), CustomerID: customer.ID, Network: network, Now: now, ExpireTime: expires,
		})
	})
	if err != nil {
		return nil, err
	}
	token, _, err := s.customerToken(customer, now)
	if err != nil {
		return nil, err
	}
	return &authv1.SignInResponse{Session: secret, ExpireTime: timestamppb.New(expires), Customer: customerToProto(customer), Token: token}, nil
}

// countCode counts a try as wrong until its code proves right, or refuses it, which then counts for nothing.
func (s *Service) countCode(ctx context.Context, network string, now time.Time) (try string, err error) {
	try = id.New()
	err = queries.AddSignInTry(ctx, s.db.Primary(), authdb.AddSignInTryParams{ID: try, Network: network, Time: now})
	if err != nil {
		return "", fmt.Errorf("add sign-in try: %w", err)
	}
	last, err := queries.ReadSignInTries(ctx, s.db.Primary(), authdb.ReadSignInTriesParams{
		ID: try, Network: network, Since: now.Add(-failureWindow), PerNetwork: maxWrongByNetwork,
	})
	if err != nil {
		return "", fmt.Errorf("read sign-in tries: %w", err)
	}
	wait := last.Add(failureWindow).Sub(now)
	if wait <= 0 {
		return try, nil
	}
	if err := queries.RemoveSignInTry(ctx, s.db.Primary(), try); err != nil {
		return "", fmt.Errorf("remove sign-in try: %w", err)
	}
	return "", errTooMany("too many wrong codes", wait)
}

// account is that of an address, which it opens if there is none. Of two that open it at once one does, and tells.
func account(ctx context.Context, tx pgx.Tx, email string, now time.Time) (authdb.AuthCustomer, error) {
	customer, err := queries.CreateCustomer(ctx, tx, authdb.CreateCustomerParams{ID: id.New(), Email: email, CreateTime: now})
	if postgres.IsNoRows(err) {
		customer, err = queries.FindCustomerByEmail(ctx, tx, email)
		if err != nil {
			return authdb.AuthCustomer{}, fmt.Errorf("find customer: %w", err)
		}
		return customer, nil
	}
	if err != nil {
		return authdb.AuthCustomer{}, fmt.Errorf("create customer: %w", err)
	}
	return customer, broker.Publish(ctx, tx, &authv1.CustomersSignedUp{CustomerIds: []string{customer.ID}})
}

// BatchGetCustomers reads accounts at the primary: who asks has just heard of them, and takes those that are left out for gone.
func (s *Service) BatchGetCustomers(ctx context.Context, req *authv1.BatchGetCustomersRequest) (*authv1.BatchGetCustomersResponse, error) {
	rows, err := queries.GetCustomers(ctx, s.db.Primary(), req.GetIds())
	if err != nil {
		return nil, fmt.Errorf("list customers: %w", err)
	}
	customers := make([]*authv1.Customer, len(rows))
	for i, row := range rows {
		customers[i] = customerToProto(row)
	}
	return &authv1.BatchGetCustomersResponse{Customers: customers}, nil
}

func customerToProto(row authdb.AuthCustomer) *authv1.Customer {
	return &authv1.Customer{Id: row.ID, Email: row.Email, CreateTime: timestamppb.New(row.CreateTime)}
}
