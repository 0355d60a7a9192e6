package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/catalogdb"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

const (
	// mostSynonyms and mostPlacements are how many groups and placements a shop can have: every process keeps all of them.
	mostSynonyms   = 1000
	mostPlacements = 500
)

// decisions are what the merchant decided about search and lists. They are shared and never changed.
type decisions struct {
	instead map[string][][]string // by the stems of a phrase: phrases that are looked for as well, word by word
	longest int                   // words in a phrase
	placed  map[string]placed     // by searchKey or categoryKey
}

// placed is what is put somewhere by hand.
type placed struct{ pinned, boosted, buried []string }

func (p placed) empty() bool { return len(p.pinned)+len(p.boosted)+len(p.buried) == 0 }

// ids are the products in lists that a query can be given.
func (p placed) ids() (pinned, boosted, buried []string) {
	return append([]string{}, p.pinned...), append([]string{}, p.boosted...), append([]string{}, p.buried...)
}

func categoryKey(id string) string { return "category=" + id }

// searchKey names a search by the stems of its words, so that one decision holds for every form of them.
func searchKey(stems string) string { return "query=" + stems }

// stems are a text's words without their endings.
func (l language) stems(words []string) string {
	all := make([]string, len(words))
	for i, word := range words {
		all[i] = l.stem(word)
	}
	return strings.Join(all, " ")
}

// decided reads the merchant's decisions, at most every few seconds. Synonyms are a language's, placements hold in all.
func (s *Service) decided(ctx context.Context, texts language) (*decisions, error) {
	return s.decisions.get(ctx, texts.locale, func(ctx context.Context) (*decisions, error) {
		db := s.cfg.DB.Read(ctx)
		groups, err := queries.ListAllSynonyms(ctx, db, catalogdb.ListAllSynonymsParams{Locales: texts.locales, Most: mostSynonyms})
		if err != nil {
			return nil, fmt.Errorf("list synonyms: %w", err)
		}
		rows, err := queries.ListAllPlacements(ctx, db, mostPlacements)
		if err != nil {
			return nil, fmt.Errorf("list placements: %w", err)
		}
		d := &decisions{instead: make(map[string][][]string), placed: make(map[string]placed, len(rows))}
		for _, group := range groups {
			asked := group.Asked
			if len(asked) == 0 {
				asked = group.Phrases // each of them finds all
			}
			for _, phrase := range asked {
				d.say(texts, phrase, group.Phrases)
			}
		}
		for _, row := range rows {
			key := ""
			if row.Query != nil {
				key = searchKey(*row.Query)
			} else if row.CategoryID != nil {
				key = categoryKey(*row.CategoryID)
			}
			d.placed[key] = placed{row.Pinned, row.Boosted, row.Buried}
		}
		return d, nil
	})
}

// say makes a phrase find others too.
func (d *decisions) say(texts language, asked string, others []string) {
	said := words(asked)
	key := texts.stems(said)
	d.longest = max(d.longest, len(said))
	for _, other := range others {
		if meant := words(other); len(meant) > 0 && texts.stems(meant) != key {
			d.instead[key] = append(d.instead[key], meant)
		}
	}
}

// apply adds to a search what the merchant says is the same, and returns what is placed for it.
func (d *decisions) apply(q *search) placed {
	for i := range q.words {
		for length := 1; length <= d.longest && i+length <= len(q.words); length++ {
			for _, phrase := range d.instead[q.texts.stems(q.words[i:i+length])] {
				for j := i; j < i+length; j++ {
					q.instead[j] = append(q.instead[j], phrase)
				}
			}
		}
	}
	placed := q.texts
	if placed.own != nil {
		placed = *placed.own // staff place products in the shop's own language
	}
	put := d.placed[searchKey(placed.stems(q.words))]
	q.pinned = slices.Clone(put.pinned)
	return put
}

// decide changes decisions in a transaction, so that whoever did so reads them, and has this process read them anew.
func decide[T any](ctx context.Context, s *Service, change func(context.Context, pgx.Tx) (T, error)) (T, error) {
	made, err := postgres.InTx(ctx, s.cfg.DB, change)
	if err == nil {
		s.decisions.drop(s.texts.locale)
		for _, texts := range s.languages {
			s.decisions.drop(texts.locale)
		}
	}
	return made, err
}

// stale is why the version that somebody saw was not there to be changed.
func stale(what string, there bool, err error) error {
	switch {
	case err != nil:
		return err
	case there:
		return rpc.Aborted("somebody else changed " + what + "; look again, then repeat")
	default:
		return rpc.NotFound("somebody deleted " + what)
	}
}
