package pricing

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"github.com/tradewind-commerce/tradewind/platform/auth"
)

// giftCardCodeSize is how many characters a code has, of five bits each: 80 bits, which nobody guesses.
const giftCardCodeSize = 16

// GiftCardKeys make the codes of gift cards and know them again. Of a code only a keyed hash is stored: without the installation's secret a copy of the database neither spends a
// card nor tells whether a guess is one.
type GiftCardKeys struct {
	hash [][]byte // the first is in force, the others know what was stored before
	make [][]byte // likewise
}

// NewGiftCardKeys derives the keys from the first of the installation's secrets, and knows codes that were stored under any of them.
func NewGiftCardKeys(secrets ...[]byte) (*GiftCardKeys, error) {
	if len(secrets) == 0 {
		return nil, errors.New("gift cards: no secret to make keys from")
	}
	keys := &GiftCardKeys{}
	for _, secret := range secrets {
		hash, err := auth.Derive(secret, "gift card hashes")
		if err != nil {
			return nil, err
		}
		code, err := auth.Derive(secret, "gift card codes")
		if err != nil {
			return nil, err
		}
		keys.hash, keys.make = append(keys.hash, hash), append(keys.make, code)
	}
	return keys, nil
}

// code is that of a card in a batch. It is made from the batch's id under a key rather than drawn, so that a call whose answer was lost can be repeated; to whoever has not the
// key it is as good as random.
func (k *GiftCardKeys) code(batchID string, at int) string { return makeCode(k.make[0], batchID, at) }

func makeCode(key []byte, batchID string, at int) string {
	mac := hmac.New(sha256.New, key)
	_, _ = fmt.Fprintf(mac, "%s %d", batchID, at)
	return unambiguous.EncodeToString(mac.Sum(nil)[:10])
}

// hashes are what a code may be stored as, the one in force first; none when it is no code at all.
func (k *GiftCardKeys) hashes(code string) [][]byte {
	code = GiftCardKey(code)
	if len(code) != giftCardCodeSize {
		return nil
	}
	hashes := make([][]byte, 0, len(k.hash))
	for _, key := range k.hash {
		mac := hmac.New(sha256.New, key)
		_, _ = mac.Write([]byte(code))
		hashes = append(hashes, mac.Sum(nil))
	}
	return hashes
}

// GiftCardKey is a code as it is hashed, whatever way it is typed: letters that look like digits are those.
func GiftCardKey(typed string) string {
	return strings.NewReplacer("O", "0", "I", "1", "L", "1").Replace(CodeKey(typed))
}

// grouped is a code as it is easy to read aloud.
func grouped(code string) string {
	var groups []string
	for len(code) > 4 {
		groups, code = append(groups, code[:4]), code[4:]
	}
	return strings.Join(append(groups, code), "-")
}
