package product

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/platform/seal"
)

// sourceSecrets are what a source is asked with. They are stored sealed, and shown to nobody.
type sourceSecrets struct {
	Password string            `json:"password,omitempty"`
	Headers  map[string]string `json:"headers,omitempty"`
}

var errNoSeal = rpc.FailedPrecondition("this process has no key to seal passwords with; whoever runs the shop sets SECRET_KEY")

// sealedPlace says where secrets of a source stand, so that they open nowhere else.
func sealedPlace(source string) string { return "product_source_secrets " + source }

// openSecrets returns a source's secrets; those of before they were sealed too.
func (s *Service) openSecrets(row productdb.ProductSourceSecret) (sourceSecrets, error) {
	var secrets sourceSecrets
	if len(row.Sealed) == 0 {
		secrets.Password = row.Password
		if err := json.Unmarshal(row.Headers, &secrets.Headers); err != nil {
			return secrets, errors.New("headers of source: not an object of texts")
		}
		return secrets, nil
	}
	if s.cfg.Seal == nil {
		return secrets, errNoSeal
	}
	opened, err := s.cfg.Seal.Open(row.Sealed, sealedPlace(row.SourceID))
	if err != nil {
		return secrets, err
	}
	if err := json.Unmarshal(opened, &secrets); err != nil {
		return secrets, errors.New("secrets of source: not what is sealed there")
	}
	return secrets, nil
}

// sealSecrets stores a source's secrets.
func (s *Service) sealSecrets(ctx context.Context, tx pgx.Tx, source, user string, secrets sourceSecrets) error {
	row := productdb.SaveSourceSecretsParams{
		SourceID: source, Username: user, Sealed: []byte{}, HasPassword: secrets.Password != "", HeaderNames: slices.AppendSeq([]string{}, maps.Keys(secrets.Headers)),
	}
	slices.Sort(row.HeaderNames)
	if row.HasPassword || len(row.HeaderNames) > 0 {
		if s.cfg.Seal == nil {
			return errNoSeal
		}
		plain, err := json.Marshal(secrets)
		if err != nil {
			return err
		}
		row.Sealed = s.cfg.Seal.Seal(plain, sealedPlace(source))
	}
	if err := queries.SaveSourceSecrets(ctx, tx, row); err != nil {
		return fmt.Errorf("store secrets of source: %w", err)
	}
	return nil
}

// saveSecrets replaces those that are given. The source's row is locked.
func (s *Service) saveSecrets(ctx context.Context, tx pgx.Tx, source string, settings *productv1.SourceSettings) error {
	for name, value := range settings.GetHeaders().GetValues() {
		if strings.ContainsAny(value, "\r\n\x00") {
			return rpc.InvalidArgument("headers: the value of " + name + " has a line break")
		}
	}
	var secrets sourceSecrets
	if settings.Password == nil || settings.GetHeaders() == nil {
		row, err := queries.GetSourceSecrets(ctx, tx, source)
		if err != nil && !postgres.IsNoRows(err) {
			return fmt.Errorf("get secrets of source: %w", err)
		}
		if err == nil {
			secrets, err = s.openSecrets(row)
			if errors.Is(err, seal.ErrUnknownKey) || errors.Is(err, seal.ErrDamaged) {
				return rpc.FailedPrecondition("password: what is stored cannot be read any more, since the shop's SECRET_KEY was replaced; enter password and headers again")
			}
			if err != nil {
				return err
			}
		}
	}
	if settings.Password != nil {
		secrets.Password = settings.GetPassword()
	}
	if settings.GetHeaders() != nil {
		secrets.Headers = settings.GetHeaders().GetValues()
	}
	return s.sealSecrets(ctx, tx, source, settings.GetUser(), secrets)
}

// sealOldSecrets seals secrets that were stored as they are, and anew those that were sealed with a key that was replaced.
func (s *Service) sealOldSecrets(ctx context.Context) error {
	if s.cfg.Seal == nil {
		return nil
	}
	_, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (any, error) {
		rows, err := queries.LockUnsealedSecrets(ctx, tx, s.cfg.Seal.OldMarks())
		if err != nil {
			return nil, err
		}
		for _, row := range rows { // at most 20, and none but after an upgrade or a new key
			secrets, err := s.openSecrets(row)
			if err != nil {
				return nil, fmt.Errorf("source %s: %w", row.SourceID, err)
			}
			if err := s.sealSecrets(ctx, tx, row.SourceID, row.Username, secrets); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})
	if err != nil {
		return fmt.Errorf("seal secrets of sources: %w", err)
	}
	return nil
}
