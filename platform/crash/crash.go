// Package crash owns the named places at which a test may end the process as a power cut would. In the programs people run the calls do nothing: only
// the build tag crashpoints makes them look at CRASH_AT.
package crash

// Points lists every place, so that a sweep can visit them all.
var Points = []string{
	CheckoutAfterHold, CheckoutAfterCommit,
	PaymentBeforeProvider, PaymentAfterProvider,
	SettleBeforeCommit, SettleAfterCommit,
	ReturnAfterProvider,
}

// The places, each named for what has just happened.
const (
	// CheckoutAfterHold is after the last write of a new order, before its commit: nothing of it may be left.
	CheckoutAfterHold = "checkout.after_hold"
	// CheckoutAfterCommit is before the shopper hears of the order: a repeat with the same key finds it.
	CheckoutAfterCommit = "checkout.after_commit"
	// PaymentBeforeProvider is after the key is stored, before the provider is called.
	PaymentBeforeProvider = "payment.before_provider"
	// PaymentAfterProvider is after the provider started a payment, before its answer is stored.
	PaymentAfterProvider = "payment.after_provider"
	// SettleBeforeCommit is after an order was moved by its payment, before the commit.
	SettleBeforeCommit = "settle.before_commit"
	// SettleAfterCommit is before the caller hears of a settled payment.
	SettleAfterCommit = "settle.after_commit"
	// ReturnAfterProvider is after the provider gave money back, before that is stored.
	ReturnAfterProvider = "return.after_provider"
)
