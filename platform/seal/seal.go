// Package seal owns how secrets of others are kept in the database: so that a copy of it opens nothing.
package seal

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/tradewind-commerce/tradewind/platform/auth"
)

// A sealed secret is the form's number and the id of its key, which are its mark, and what AES-256-GCM makes of it under a random nonce.
const (
	form      = 1
	keyIDSize = 4
	markSize  = 1 + keyIDSize
)

// ErrUnknownKey says that a secret was sealed with another key than those that are known.
var ErrUnknownKey = errors.New("seal: sealed with another SECRET_KEY")

// ErrDamaged says that what was sealed is not what was stored, or stood elsewhere.
var ErrDamaged = errors.New("seal: damaged, or moved from another place")

type key struct {
	id   []byte
	aead cipher.AEAD
}

// Box seals and opens secrets.
type Box struct{ keys []key }

// NewBox seals by a key made from the first of the installation's secrets, and opens what was sealed by any of them.
func NewBox(secrets ...[]byte) (*Box, error) {
	box := &Box{}
	for _, secret := range secrets {
		derived, err := auth.Derive(secret, "sealed secrets")
		if err != nil {
			return nil, err
		}
		block, err := aes.NewCipher(derived)
		if err != nil {
			return nil, fmt.Errorf("seal: %w", err)
		}
		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return nil, fmt.Errorf("seal: %w", err)
		}
		id := sha256.Sum256(append([]byte("id "), derived...))
		box.keys = append(box.keys, key{id[:keyIDSize], aead})
	}
	if len(box.keys) == 0 {
		return nil, errors.New("seal: no secret to make a key from")
	}
	return box, nil
}

// Seal returns a secret as it may be stored. The place says where, such as "product_source_secrets " and an id: it opens nowhere else.
func (b *Box) Seal(secret []byte, place string) []byte {
	first := b.keys[0]
	return first.aead.Seal(first.mark(), nil, secret, []byte(place))
}

// Open returns what was sealed for a place.
func (b *Box) Open(sealed []byte, place string) ([]byte, error) {
	if len(sealed) < markSize || sealed[0] != form {
		return nil, ErrDamaged
	}
	for _, known := range b.keys {
		if !bytes.Equal(known.id, sealed[1:markSize]) {
			continue
		}
		secret, err := known.aead.Open(nil, nil, sealed[markSize:], []byte(place))
		if err != nil {
			return nil, ErrDamaged
		}
		return secret, nil
	}
	return nil, ErrUnknownKey
}

// OldMarks are how what was sealed with earlier keys begins, so that it can be found and sealed anew.
func (b *Box) OldMarks() [][]byte {
	marks := make([][]byte, 0, len(b.keys))
	for _, old := range b.keys[1:] {
		marks = append(marks, old.mark())
	}
	return marks
}

func (k key) mark() []byte { return append([]byte{form}, k.id...) }
