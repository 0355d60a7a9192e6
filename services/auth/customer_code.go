package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/tradewind-commerce/tradewind/platform/auth"
)

const (
	codeDigits = 8
	codes      = 100_000_000
	saltSize   = 16
)

// codeKeys make the codes that are mailed, and know them again. A code is not drawn but made of what was drawn for its sign-in: the event that has it mailed may come twice, and
// the code of a mail that is out must stay right. It takes both the database and the installation's secret to make one. A hash would have to be keyed as well, since anybody can
// try all codes on it.
type codeKeys [][]byte // the first is in force, the others know what was mailed before

// newCodeKeys derives the keys from the installation's secrets, the one in force first.
func newCodeKeys(secrets [][]byte) (codeKeys, error) {
	if len(secrets) == 0 {
		return nil, errors.New("auth needs SECRET_KEY: the codes by which customers sign in are made with it")
	}
	keys := make(codeKeys, len(secrets))
	for i, secret := range secrets {
		key, err := auth.Derive(secret, "sign-in codes")
		if err != nil {
			return nil, err
		}
		keys[i] = key
	}
	return keys, nil
}

// newSalt draws what the code of one sign-in is made of.
func newSalt() []byte {
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // never fails
	return salt
}

// code is the one to mail.
func (k codeKeys) code(salt []byte) string { return makeCode(k[0], salt) }

// makeCode takes the first 64 bits modulo the number of codes, which makes no code likelier than another by more than one in 180 thousand million.
func makeCode(key, salt []byte) string {
	mac := hmac.New(sha256.New, key)
	_, _ = mac.Write(salt)
	return fmt.Sprintf("%0*d", codeDigits, binary.BigEndian.Uint64(mac.Sum(nil))%codes)
}

// match says whether what somebody typed is the code, and takes as long whichever digits are wrong.
func (k codeKeys) match(typed string, salt []byte) bool {
	typed = strings.ReplaceAll(strings.Join(strings.Fields(typed), ""), "-", "")
	right := 0
	for _, key := range k {
		right |= subtle.ConstantTimeCompare([]byte(typed), []byte(makeCode(key, salt)))
	}
	return right == 1
}
