package pricing

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/pricingdb"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/address"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/platform/vatnumber"
)

// taxKey is where a page of taxes ended.
type taxKey struct {
	Region string    `json:"r"`
	From   string    `json:"f"`
	Until  string    `json:"u"`
	Class  string    `json:"c"`
	Step   int32     `json:"s"`
	Start  time.Time `json:"t"`
}

// ListTaxes returns a page of the taxes of a country. No tax has step 0, so what begins at a place is all that comes after it.
func (s *Service) ListTaxes(ctx context.Context, req *pricingv1.ListTaxesRequest) (*pricingv1.ListTaxesResponse, error) {
	at := placeOf(req.GetCountryCode(), req.GetFromRegion(), req.GetFromPostcode())
	after := taxKey{Region: at.region, From: at.postcode}
	if err := rpc.ParsePageToken(req.GetPageToken(), &after); err != nil {
		return nil, err
	}
	size := rpc.PageSize(req.GetPageSize(), usualPage)
	rows, err := queries.ListTaxes(ctx, s.cfg.DB.Read(ctx), pricingdb.ListTaxesParams{
		CountryCode: req.GetCountryCode(), PageSize: size + 1,
		AfterRegion: after.Region, AfterFrom: after.From, AfterUntil: after.Until, AfterClass: after.Class, AfterStep: after.Step, AfterTime: after.Start,
	})
	if err != nil {
		return nil, fmt.Errorf("list taxes: %w", err)
	}
	answer := &pricingv1.ListTaxesResponse{}
	if len(rows) > int(size) {
		rows = rows[:size]
		last := rows[size-1]
		answer.NextPageToken = rpc.PageToken(taxKey{last.Region, last.PostcodeFrom, last.PostcodeUntil, last.Class, last.Step, last.StartTime})
	}
	for _, row := range rows {
		answer.Taxes = append(answer.Taxes, taxOf(row))
	}
	return answer, nil
}

func taxOf(row pricingdb.ListTaxesRow) *pricingv1.Tax {
	at := area{from: row.PostcodeFrom, until: row.PostcodeUntil}
	tax := &pricingv1.Tax{
		Id: row.ID, CountryCode: row.CountryCode, Region: row.Region, PostcodeFrom: at.from, PostcodeUntil: at.last(), TaxClass: row.Class, Step: row.Step,
		Name: row.Name, Rate: row.Rate, Compound: row.Compound, ValidFrom: dayText(row.StartTime),
	}
	if row.EndTime != nil {
		tax.ValidUntil = dayText(row.EndTime.AddDate(0, 0, -1))
	}
	return tax
}

// PutTaxes stores taxes of any places.
func (s *Service) PutTaxes(ctx context.Context, req *pricingv1.PutTaxesRequest) (*pricingv1.PutTaxesResponse, error) {
	_, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (struct{}, error) {
		return struct{}{}, putTaxes(ctx, tx, req.GetTaxes(), req.GetValidateOnly())
	})
	if err != nil {
		return nil, err
	}
	return &pricingv1.PutTaxesResponse{}, nil
}

// putTaxes checks taxes and, unless that is all, stores them.
func putTaxes(ctx context.Context, tx pgx.Tx, taxes []*pricingv1.Tax, validateOnly bool) error {
	classes, err := queries.ListTaxClasses(ctx, tx)
	if err != nil {
		return fmt.Errorf("list tax classes: %w", err)
	}
	var wrong problems
	var put pricingdb.PutTaxesParams
	seen := make(map[taxPlace]int, len(taxes))
	for i, tax := range taxes {
		at, start, end := checkTax(tax, classes, wrong.of(i))
		key := taxPlace{at, tax.GetTaxClass(), max(tax.GetStep(), 1), start}
		if before, twice := seen[key]; twice {
			wrong.of(i)("", fmt.Sprintf("is for the same place, class, step and first day as number %d", before+1))
		}
		seen[key] = i
		put.Ids, put.Names, put.Rates = append(put.Ids, id.New()), append(put.Names, strings.TrimSpace(tax.GetName())), append(put.Rates, tax.GetRate())
		put.CountryCodes, put.Regions = append(put.CountryCodes, at.country), append(put.Regions, at.region)
		put.PostcodesFrom, put.PostcodesUntil = append(put.PostcodesFrom, at.from), append(put.PostcodesUntil, at.until)
		put.Classes, put.Steps, put.Compounds = append(put.Classes, key.class), append(put.Steps, key.step), append(put.Compounds, tax.GetCompound())
		put.StartTimes, put.EndTimes = append(put.StartTimes, start), append(put.EndTimes, end)
	}
	if err := wrong.err(); err != nil || validateOnly || len(taxes) == 0 {
		return err
	}
	if err := queries.PutTaxes(ctx, tx, put); err != nil {
		return fmt.Errorf("put taxes: %w", err)
	}
	return nil
}

// taxPlace is what only one tax can be for.
type taxPlace struct {
	area
	class string
	step  int32
	start time.Time
}

// checkTax reads a tax. What is wrong with it is told.
func checkTax(tax *pricingv1.Tax, classes []pricingdb.TaxClass, wrong func(field, text string)) (at area, start, end time.Time) {
	at = areaOf(tax.GetCountryCode(), tax.GetRegion(), tax.GetPostcodeFrom(), tax.GetPostcodeUntil(), wrong)
	if !slices.ContainsFunc(classes, func(c pricingdb.TaxClass) bool { return c.Code == tax.GetTaxClass() }) {
		var known []string
		for _, class := range classes {
			if class.Code != "" {
				known = append(known, class.Code)
			}
		}
		wrong("tax_class", fmt.Sprintf("“%s” is no class of goods; there are %s, and none for the standard class", tax.GetTaxClass(), strings.Join(known, ", ")))
	}
	if tax.GetStep() < 0 || tax.GetStep() > 9 {
		wrong("step", "must be from 1 to 9")
	}
	if name := strings.TrimSpace(tax.GetName()); name == "" || len([]rune(name)) > 100 {
		wrong("name", "must have 1 to 100 characters: shoppers read it")
	}
	if tax.GetRate() < 0 || tax.GetRate() > 1_000_000 {
		wrong("rate", "must be from 0 % to 100 %")
	}
	start, fine := day(tax.GetValidFrom())
	if !fine {
		wrong("valid_from", "is no day such as 2026-01-31")
	}
	if end, fine = day(tax.GetValidUntil()); !fine {
		wrong("valid_until", "is no day such as 2026-12-31")
	}
	if !end.IsZero() {
		end = end.AddDate(0, 0, 1) // the whole of the last day
		if !end.After(start) {
			wrong("valid_until", "comes before the first day")
		}
	}
	return at, start, end
}

// DeleteTaxes removes some taxes.
func (s *Service) DeleteTaxes(ctx context.Context, req *pricingv1.DeleteTaxesRequest) (*pricingv1.DeleteTaxesResponse, error) {
	deleted, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (int64, error) {
		return queries.DeleteTaxes(ctx, tx, req.GetIds())
	})
	if err != nil {
		return nil, fmt.Errorf("delete taxes: %w", err)
	}
	return &pricingv1.DeleteTaxesResponse{Deleted: int32(deleted)}, nil
}

// ListTaxClasses returns all classes.
func (s *Service) ListTaxClasses(ctx context.Context, _ *pricingv1.ListTaxClassesRequest) (*pricingv1.ListTaxClassesResponse, error) {
	rows, err := queries.ListTaxClasses(ctx, s.cfg.DB.Read(ctx))
	if err != nil {
		return nil, fmt.Errorf("list tax classes: %w", err)
	}
	answer := &pricingv1.ListTaxClassesResponse{}
	for _, row := range rows {
		answer.Classes = append(answer.Classes, &pricingv1.TaxClass{Code: row.Code, Name: row.Name})
	}
	return answer, nil
}

// SetTaxClasses stores some classes and removes others.
func (s *Service) SetTaxClasses(ctx context.Context, req *pricingv1.SetTaxClassesRequest) (*pricingv1.SetTaxClassesResponse, error) {
	put := pricingdb.PutTaxClassesParams{Codes: []string{}, Names: []string{}}
	for _, class := range req.GetClasses() {
		if slices.Contains(put.Codes, class.GetCode()) {
			return nil, rpc.InvalidArgument(fmt.Sprintf("two classes have the code “%s”", class.GetCode()))
		}
		put.Codes, put.Names = append(put.Codes, class.GetCode()), append(put.Names, class.GetName())
	}
	removed := slices.DeleteFunc(slices.Clone(req.GetRemovedCodes()), func(code string) bool { return slices.Contains(put.Codes, code) })
	_, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (struct{}, error) {
		err := queries.DeleteTaxClasses(ctx, tx, removed)
		if postgres.Violates(err, "taxes_class_fkey") {
			return struct{}{}, rpc.FailedPrecondition("a class that you remove has taxes of its own; remove these first")
		}
		if err != nil {
			return struct{}{}, fmt.Errorf("delete tax classes: %w", err)
		}
		return struct{}{}, queries.PutTaxClasses(ctx, tx, put)
	})
	if err != nil {
		return nil, err
	}
	return &pricingv1.SetTaxClassesResponse{}, nil
}

// GetTaxSettings returns what the shop says of itself to tax offices.
func (s *Service) GetTaxSettings(ctx context.Context, _ *pricingv1.GetTaxSettingsRequest) (*pricingv1.GetTaxSettingsResponse, error) {
	settings, err := taxSettings(ctx, s.cfg.DB.Read(ctx))
	return &pricingv1.GetTaxSettingsResponse{Settings: settings}, err
}

func taxSettings(ctx context.Context, db postgres.DBTX) (*pricingv1.TaxSettings, error) {
	row, err := queries.GetTaxSettings(ctx, db)
	if err != nil {
		return nil, fmt.Errorf("get tax settings: %w", err)
	}
	return &pricingv1.TaxSettings{CountryCode: row.CountryCode, VatNumber: row.VatNumber, ExemptGroups: row.ExemptGroups, Version: row.Version}, nil
}

// SetTaxSettings replaces them.
func (s *Service) SetTaxSettings(ctx context.Context, req *pricingv1.SetTaxSettingsRequest) (*pricingv1.SetTaxSettingsResponse, error) {
	given := req.GetSettings()
	set := pricingdb.SetTaxSettingsParams{CountryCode: given.GetCountryCode(), VatNumber: strings.TrimSpace(given.GetVatNumber()), ExemptGroups: given.GetExemptGroups(), ExpectedVersion: req.GetExpectedVersion()}
	if set.ExemptGroups == nil {
		set.ExemptGroups = []string{}
	}
	var wrong problems
	if set.CountryCode != "" && address.CountryName(set.CountryCode, english) == set.CountryCode {
		wrong.of(-1)("country_code", fmt.Sprintf("“%s” is no country", set.CountryCode))
	}
	switch {
	case set.VatNumber == "":
	case set.CountryCode == "":
		wrong.of(-1)("country_code", "is missing, though there is a VAT number")
	case vatnumber.Known(set.CountryCode):
		number, err := vatnumber.Parse(set.VatNumber, set.CountryCode)
		if err != nil {
			wrong.of(-1)("vat_number", err.Error())
		}
		set.VatNumber = number.String()
	}
	if err := wrong.err(); err != nil {
		return nil, err
	}
	settings, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (*pricingv1.TaxSettings, error) {
		changed, err := queries.SetTaxSettings(ctx, tx, set)
		if err != nil {
			return nil, fmt.Errorf("set tax settings: %w", err)
		}
		if changed == 0 {
			return nil, rpc.Aborted("somebody else changed these settings meanwhile; look at them again")
		}
		return taxSettings(ctx, tx)
	})
	return &pricingv1.SetTaxSettingsResponse{Settings: settings}, err
}
