package product

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// ownable are the fields that a source may own, as the API names them.
var ownable = []string{
	"name", "slug", "description", "brand", "state", "categories", "attributes", "options", "variants", "images", "tags", "type_id", "tax_class", "seo_title",
	"seo_description", "translations", "related_ids", "sku", "gtin", "mpn", "option_values", "price", "compare_at_price", "weight_grams", "image_id",
}

// usualGoneLimit is a source's limit where staff name none, in percent.
const usualGoneLimit = 20

var (
	errNoSource      = rpc.NotFound("there is no such source")
	errSourceChanged = rpc.FailedPrecondition("somebody changed this source meanwhile; look at it again")
	errSourceName    = rpc.AlreadyExists("another source has this name")
)

// CreateSource stores a source.
func (s *Service) CreateSource(ctx context.Context, req *productv1.CreateSourceRequest) (*productv1.CreateSourceResponse, error) {
	settings, err := s.checkSource(req.GetSettings())
	if err != nil {
		return nil, err
	}
	settings.ID = id.New()
	source, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (productdb.ProductSource, error) {
		source, err := queries.AddSource(ctx, tx, productdb.AddSourceParams(settings))
		if err != nil {
			return source, sourceError(err)
		}
		return source, s.saveSecrets(ctx, tx, source.ID, req.GetSettings())
	})
	if err != nil {
		return nil, err
	}
	shown, err := s.showSources(ctx, []productdb.ProductSource{source})
	if err != nil {
		return nil, err
	}
	return &productv1.CreateSourceResponse{Source: shown[0]}, nil
}

func sourceError(err error) error {
	if postgres.Violates(err, "product_sources_name") {
		return errSourceName
	}
	return fmt.Errorf("store source: %w", err)
}

// UpdateSource replaces the settings.
func (s *Service) UpdateSource(ctx context.Context, req *productv1.UpdateSourceRequest) (*productv1.UpdateSourceResponse, error) {
	settings, err := s.checkSource(req.GetSettings())
	if err != nil {
		return nil, err
	}
	settings.ID = req.GetId()
	source, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (productdb.ProductSource, error) {
		before, err := lockSource(ctx, tx, req.GetId(), req.GetVersion())
		if err != nil {
			return before, err
		}
		if !bytes.Equal(before.Mapping, settings.Mapping) || before.Format != settings.Format {
			if _, err := queries.GetBusySyncRun(ctx, tx, before.ID); !postgres.IsNoRows(err) {
				if err != nil {
					return before, fmt.Errorf("look for runs: %w", err)
				}
				return before, rpc.FailedPrecondition("a run of this source is at work and must understand its file in one way; cancel it first, or wait for its end")
			}
		}
		source, err := queries.ChangeSource(ctx, tx, settings)
		if err != nil {
			return source, sourceError(err)
		}
		return source, s.saveSecrets(ctx, tx, source.ID, req.GetSettings())
	})
	if err != nil {
		return nil, err
	}
	shown, err := s.showSources(ctx, []productdb.ProductSource{source})
	if err != nil {
		return nil, err
	}
	return &productv1.UpdateSourceResponse{Source: shown[0]}, nil
}

// lockSource returns a source as it was looked at; version 0 takes any.
func lockSource(ctx context.Context, tx pgx.Tx, source string, version int64) (productdb.ProductSource, error) {
	row, err := queries.LockSourceSettings(ctx, tx, source)
	switch {
	case postgres.IsNoRows(err):
		return row, errNoSource
	case err != nil:
		return row, fmt.Errorf("lock source: %w", err)
	case version > 0 && row.Version != version:
		return row, errSourceChanged
	}
	return row, nil
}

// checkSource checks settings and returns them as they are stored.
func (s *Service) checkSource(settings *productv1.SourceSettings) (productdb.ChangeSourceParams, error) {
	now := clock.Now()
	out := productdb.ChangeSourceParams{
		Name: strings.TrimSpace(settings.GetName()), Kind: sourceKind(settings.GetKind()), Location: strings.TrimSpace(settings.GetLocation()),
		Format: formatName(settings.GetFormat()), Mapping: settings.GetMapping(), Owns: orEmpty(settings.GetOwns()), GonePolicy: gonePolicy(settings.GetGonePolicy()),
		GoneLimitPercent: usualGoneLimit, EveryMinutes: settings.GetEveryMinutes(), DailyAt: settings.GetDailyAt(),
		NextTime: nextTime(settings.GetEveryMinutes(), settings.GetDailyAt(), now), Now: now,
	}
	if settings.GoneLimitPercent != nil {
		out.GoneLimitPercent = settings.GetGoneLimitPercent()
	}
	if out.Mapping == nil {
		out.Mapping = []byte{}
	}
	if out.Name == "" {
		return out, rpc.InvalidArgument("name: is empty; say what staff shall call the source")
	}
	if len(out.Mapping) > 0 {
		if err := checkMapping(out.Mapping); err != nil {
			return out, err
		}
	}
	for _, field := range out.Owns {
		if !slices.Contains(ownable, field) {
			return out, rpc.InvalidArgument(fmt.Sprintf("owns: there is no field %q; they are %s", field, strings.Join(ownable, ", ")))
		}
	}
	if out.EveryMinutes > 0 && out.DailyAt != "" {
		return out, rpc.InvalidArgument("daily_at: is given together with every_minutes; choose one")
	}
	return out, s.checkLocation(out)
}

func (s *Service) checkLocation(settings productdb.ChangeSourceParams) error {
	switch settings.Kind {
	case "files":
		if settings.Location != "" || settings.EveryMinutes > 0 || settings.DailyAt != "" {
			return rpc.InvalidArgument("location: files that are handed in have neither a location nor a schedule; leave them empty")
		}
	case "url":
		if err := s.cfg.Fetch.Check(settings.Location); err != nil {
			return rpc.InvalidArgument("location: " + err.Error() + "; give a public https address, and user and password in their own fields")
		}
	case "path":
		if s.cfg.FeedFolder == "" {
			return rpc.InvalidArgument("kind: this shop has no folder for files; whoever runs it sets FEED_FOLDER")
		}
		if !filepath.IsLocal(settings.Location) {
			return rpc.InvalidArgument("location: give a path below the folder for files, such as suppliers/acme.csv")
		}
	case "bucket":
		if s.cfg.FeedBucket == nil {
			return rpc.InvalidArgument("kind: this shop has no bucket for files; whoever runs it sets FEED_BUCKET_URL")
		}
		if settings.Location == "" {
			return rpc.InvalidArgument("location: is empty; give the file's key in the bucket")
		}
	}
	return nil
}

// GetSource reads the primary: whoever asks may have just changed it.
func (s *Service) GetSource(ctx context.Context, req *productv1.GetSourceRequest) (*productv1.GetSourceResponse, error) {
	source, err := queries.GetSource(ctx, s.cfg.DB.Primary(), req.GetId())
	if postgres.IsNoRows(err) {
		return nil, errNoSource
	}
	if err != nil {
		return nil, fmt.Errorf("get source: %w", err)
	}
	shown, err := s.showSources(ctx, []productdb.ProductSource{source})
	if err != nil {
		return nil, err
	}
	return &productv1.GetSourceResponse{Source: shown[0]}, nil
}

// ListSources pages through sources.
func (s *Service) ListSources(ctx context.Context, req *productv1.ListSourcesRequest) (*productv1.ListSourcesResponse, error) {
	after := ""
	if err := rpc.ParsePageToken(req.GetPageToken(), &after); err != nil {
		return nil, err
	}
	size := rpc.PageSize(req.GetPageSize(), 50)
	sources, err := queries.ListSources(ctx, s.cfg.DB.Primary(), productdb.ListSourcesParams{AfterName: after, PageSize: size + 1})
	if err != nil {
		return nil, fmt.Errorf("list sources: %w", err)
	}
	answer := &productv1.ListSourcesResponse{}
	if len(sources) > int(size) {
		sources = sources[:size]
		answer.NextPageToken = rpc.PageToken(sources[size-1].Name)
	}
	answer.Sources, err = s.showSources(ctx, sources)
	return answer, err
}

// DeleteSource forgets a source. Its products stay.
func (s *Service) DeleteSource(ctx context.Context, req *productv1.DeleteSourceRequest) (*productv1.DeleteSourceResponse, error) {
	if req.GetId() == filesHandedIn {
		return nil, rpc.FailedPrecondition("files that are handed in without naming a source belong to this one; it stays")
	}
	_, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (struct{}, error) {
		if err := queries.SettleSyncStep(ctx, tx); err != nil { // it may have many products and runs
			return struct{}{}, err
		}
		_, err := lockSource(ctx, tx, req.GetId(), req.GetVersion())
		if err == errNoSource { //nolint:errorlint // it is returned as it is
			return struct{}{}, nil
		}
		if err != nil {
			return struct{}{}, err
		}
		if _, err := queries.GetBusySyncRun(ctx, tx, req.GetId()); !postgres.IsNoRows(err) {
			if err != nil {
				return struct{}{}, fmt.Errorf("look for runs: %w", err)
			}
			return struct{}{}, rpc.FailedPrecondition("a run of this source is at work; cancel it first, or wait for its end")
		}
		if err := queries.RemoveSource(ctx, tx, req.GetId()); err != nil {
			return struct{}{}, fmt.Errorf("remove source: %w", err)
		}
		return struct{}{}, nil
	})
	if err != nil {
		return nil, err
	}
	return &productv1.DeleteSourceResponse{}, nil
}

// showSources adds to sources what may be shown of their secrets and runs.
func (s *Service) showSources(ctx context.Context, sources []productdb.ProductSource) ([]*productv1.Source, error) {
	ids := make([]string, len(sources))
	for i, source := range sources {
		ids[i] = source.ID
	}
	secrets, err := queries.ListShownSecrets(ctx, s.cfg.DB.Primary(), ids)
	if err != nil {
		return nil, fmt.Errorf("list secrets of sources: %w", err)
	}
	runs, err := queries.ListLastRuns(ctx, s.cfg.DB.Primary(), ids)
	if err != nil {
		return nil, fmt.Errorf("list last runs: %w", err)
	}
	shown := make([]*productv1.Source, len(sources))
	for i, row := range sources {
		source := &productv1.Source{
			Id: row.ID, Name: row.Name, Kind: productv1.SourceKind(productv1.SourceKind_value["SOURCE_KIND_"+strings.ToUpper(row.Kind)]),
			Location: row.Location, Format: toFormat(row.Format), Mapping: row.Mapping, Owns: row.Owns,
			GonePolicy:       productv1.GonePolicy(productv1.GonePolicy_value["GONE_POLICY_"+strings.ToUpper(row.GonePolicy)]),
			GoneLimitPercent: row.GoneLimitPercent, EveryMinutes: row.EveryMinutes, DailyAt: row.DailyAt, LastError: row.LastError,
			Failures: row.Failures, Version: row.Version, CreateTime: timestamppb.New(row.CreateTime), UpdateTime: timestamppb.New(row.UpdateTime),
		}
		if row.NextTime != nil {
			source.NextTime = timestamppb.New(*row.NextTime)
		}
		for _, secret := range secrets {
			if secret.SourceID == row.ID {
				source.User, source.HasPassword, source.HasTrigger, source.HeaderNames = secret.Username, secret.HasPassword, secret.HasTrigger, secret.HeaderNames
			}
		}
		for _, run := range runs {
			if run.SourceID == row.ID {
				source.LastRunId = run.ID
			}
		}
		shown[i] = source
	}
	return shown, nil
}

func sourceKind(kind productv1.SourceKind) string {
	return strings.ToLower(strings.TrimPrefix(kind.String(), "SOURCE_KIND_"))
}

func gonePolicy(policy productv1.GonePolicy) string {
	if policy == productv1.GonePolicy_GONE_POLICY_UNSPECIFIED {
		return keepGone
	}
	return strings.ToLower(strings.TrimPrefix(policy.String(), "GONE_POLICY_"))
}
