package cache

import (
	"crypto/rand"
	"fmt"
	"strconv"

	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// kind says what is under a key. Its letter begins the item's text.
type kind byte

const (
	none    kind = 0
	value   kind = 'V' // an answer
	absent  kind = 'A' // that there is no answer
	tomb    kind = 'T' // that the subject has changed at a position
	claimed kind = 'C' // that somebody is finding the answer
)

// item is what is under a key. Its text is the letter, the position in 16 hex digits, the version in two, and the payload.
type item struct {
	kind    kind
	lsn     postgres.LSN // value, absent: read there or later; tomb, claimed: must be read there or later
	version byte
	payload []byte
	raw     string // the text's head, when it was read from a Valkey
}

// headSize is the length of an item's text without its payload.
const headSize = 1 + 16 + 2

// newClaim is unlike any other. Its position is that of the tombstone it replaces.
func newClaim(lsn postgres.LSN) item {
	return item{kind: claimed, lsn: lsn, payload: []byte(rand.Text())}
}

// unclaimed is what a claim leaves when nothing was found: what it replaced.
func unclaimed(claim item) item {
	if claim.lsn == 0 {
		return item{}
	}
	return item{kind: tomb, lsn: claim.lsn}
}

// text is the item as it is kept in a Valkey; none is "".
func (i item) text() string {
	if i.kind == none {
		return ""
	}
	return fmt.Sprintf("%c%s%02x%s", i.kind, position(i.lsn), i.version, i.payload)
}

// position is an LSN such that texts compare as numbers do.
func position(lsn postgres.LSN) string { return fmt.Sprintf("%016x", uint64(lsn)) }

// parse reads a text. What is none of ours is an item of no kind that can be claimed.
func parse(text []byte) item {
	head := text[:min(len(text), headSize)]
	read := item{raw: string(head)}
	if len(text) < headSize {
		return read
	}
	switch kind := kind(text[0]); kind {
	case value, absent, tomb, claimed:
		lsn, err := strconv.ParseUint(string(text[1:17]), 16, 64)
		version, versionErr := strconv.ParseUint(string(text[17:19]), 16, 8)
		if err != nil || versionErr != nil {
			return read
		}
		return item{kind: kind, lsn: postgres.LSN(lsn), version: byte(version), payload: text[headSize:], raw: read.raw}
	default:
		return read
	}
}
