package main

import (
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/types/known/timestamppb"

	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/money"
)

func (o *office) money(amount *typev1.Money) string {
	if amount == nil {
		return ""
	}
	return money.Amount{Minor: amount.GetAmountMinor(), Currency: amount.GetCurrencyCode()}.Format(o.cfg.Locale)
}

// minor writes an amount in the shop's currency.
func (o *office) minor(amount int64) string {
	return o.money(&typev1.Money{AmountMinor: amount, CurrencyCode: o.cfg.Currency})
}

// decimal is an amount without its currency, for files.
func decimal(amount *typev1.Money) string {
	if amount == nil {
		return ""
	}
	return money.Amount{Minor: amount.GetAmountMinor(), Currency: amount.GetCurrencyCode()}.Decimal()
}

// count writes a number with its thousands apart.
func count(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}

func plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return count(n) + " " + many
}

func when(at *timestamppb.Timestamp) string {
	if at == nil {
		return ""
	}
	return at.AsTime().Format("2 Jan 2006, 15:04 UTC")
}

func whenISO(at *timestamppb.Timestamp) string {
	if at == nil {
		return ""
	}
	return at.AsTime().Format(time.RFC3339)
}

// words are what an error says, as a sentence.
func words(err error) string {
	var failure *connect.Error
	if !errors.As(err, &failure) {
		return ""
	}
	return strings.TrimSuffix(upperFirst(failure.Message()), ".") + "."
}

func upperFirst(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + text[size:]
}

// duration writes how long something took or will take, in the unit that matters.
func duration(d time.Duration) string {
	switch {
	case d < time.Second:
		return "less than a second"
	case d < time.Minute:
		return plural(int64(d.Round(time.Second)/time.Second), "second", "seconds")
	case d < time.Hour:
		return plural(int64(d.Round(time.Minute)/time.Minute), "minute", "minutes")
	default:
		return plural(int64(d.Round(time.Hour)/time.Hour), "hour", "hours")
	}
}
