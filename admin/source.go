package main

import (
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
)

// handedIn is the source of files that are handed in without naming another. Every shop has it.
const handedIn = "00000000-0000-0000-0000-000000000001"

// sourceNames are the names of sources by their ids.
func (o *office) sourceNames(v visit) (map[string]string, error) {
	answer, err := o.Sources.ListSources(v.ctx, &productv1.ListSourcesRequest{PageSize: 100})
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, source := range answer.GetSources() {
		names[source.GetId()] = source.GetName()
	}
	return names, nil
}

// settingsOf are a source's settings, for changing one of them. Secrets are left out, so they stay.
func settingsOf(source *productv1.Source) *productv1.SourceSettings {
	percent := source.GetGoneLimitPercent()
	return &productv1.SourceSettings{
		Name: source.GetName(), Kind: source.GetKind(), Location: source.GetLocation(), Format: source.GetFormat(), Mapping: source.GetMapping(), Owns: source.GetOwns(),
		GonePolicy: source.GetGonePolicy(), GoneLimitPercent: &percent, EveryMinutes: source.GetEveryMinutes(), DailyAt: source.GetDailyAt(), User: source.GetUser(),
	}
}
