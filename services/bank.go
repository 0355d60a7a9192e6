package services

import (
	"cmp"
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"time"

	"github.com/tradewind-commerce/tradewind/services/order"
)

// ibanForm is an IBAN without its spaces: a country, two check digits, and up to 30 more characters (ISO 13616).
var ibanForm = regexp.MustCompile(`^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$`)

// validIBAN checks the digits by which a mistyped IBAN is told: with its first four characters at the end, and letters as 10 to 35, it is 1 more than a multiple of 97.
func validIBAN(iban string) bool {
	var digits strings.Builder
	for _, r := range iban[4:] + iban[:4] {
		if r >= 'A' {
			fmt.Fprint(&digits, r-'A'+10)
		} else {
			digits.WriteRune(r)
		}
	}
	number, ok := new(big.Int).SetString(digits.String(), 10)
	return ok && new(big.Int).Mod(number, big.NewInt(97)).Int64() == 1
}

// checkBank refuses an account to which no money would come, and writes an IBAN as people read it.
func (s *Settings) checkBank() error {
	bare := strings.ToUpper(strings.Join(strings.Fields(s.BankAccount), ""))
	if ibanForm.MatchString(bare) {
		if !validIBAN(bare) {
			return fmt.Errorf("BANK_ACCOUNT: %s is no IBAN, since its check digits are wrong; look for a mistyped or missing character", s.BankAccount)
		}
		var groups []string
		for len(bare) > 4 {
			groups, bare = append(groups, bare[:4]), bare[4:]
		}
		s.BankAccount = strings.Join(append(groups, bare), " ")
	}
	if s.TransferTime < 24*time.Hour || s.TransferTime > 720*time.Hour {
		return fmt.Errorf("TRANSFER_TIME: %v is not from 24h to 720h", s.TransferTime)
	}
	return nil
}

// bankAccount is where shoppers can transfer money to; nil when they cannot.
func (s *Settings) bankAccount() *order.Account {
	if !s.TakesTransfers() {
		return nil
	}
	return &order.Account{
		Holder: cmp.Or(s.BankHolder, s.StoreName), Number: s.BankAccount, BankCode: s.BankCode, BankName: s.BankName, Waits: s.TransferTime,
	}
}

// PaysOnline says whether shoppers can pay at a payment provider.
func (s *Settings) PaysOnline() bool { return s.hostedProvider() != "" }

// TakesTransfers says whether shoppers can pay by bank transfer.
func (s *Settings) TakesTransfers() bool { return s.BankAccount != "" }

// awaitTransfer is how long orders wait for transfers; zero when there are none.
func (s *Settings) awaitTransfer() time.Duration {
	if !s.TakesTransfers() {
		return 0
	}
	return s.TransferTime
}
