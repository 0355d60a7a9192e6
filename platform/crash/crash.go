// Package crash owns the named places at which a test may end the process as a power cut would. In the programs people run the calls do nothing: only
// the build tag crashpoints makes them look at CRASH_AT.
package crash

// Ordering lists the places on an order's way from the button to the money's way back, so that a sweep can visit them all.
var Ordering = []string{
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
	// InstructionAfterProvider is after the provider did what staff asked for, before that is stored.
	InstructionAfterProvider = "instruction.after_provider"
	// RefundBeforeCommit is after a refund was written, with its gift card where it becomes store credit, before the commit: nothing of it may be left.
	RefundBeforeCommit = "refund.before_commit"
	// RefundAfterCommit is before a provider or staff hear of a refund: a repeat with the same key finds it.
	RefundAfterCommit = "refund.after_commit"

	// ShipAfterCommit is after goods were written down as sent, with what is to be taken for them, before the provider hears of it.
	ShipAfterCommit = "ship.after_commit"

	// RelayAfterHandOut is after events became deliveries, before anybody here is told that there are some.
	RelayAfterHandOut = "relay.after_hand_out"
	// RelayAfterPublish is after the message broker took messages, before that is written down: they are sent again.
	RelayAfterPublish = "relay.after_publish"
	// BrokerAfterEffect is after a consumer did its work, before the delivery is done: it comes again.
	BrokerAfterEffect = "broker.after_effect"
	// MailAfterSend is after the mail server took a mail, before that is written down.
	MailAfterSend = "mail.after_send"
	// ExpiryBeforeCommit is after an unpaid order was ended, before the commit.
	ExpiryBeforeCommit = "expiry.before_commit"
	// HoldsBeforeCommit is after holds were freed whose time is over, before the commit.
	HoldsBeforeCommit = "holds.before_commit"
	// ImagesAfterPut is after a picture's files were stored, before its product has them.
	ImagesAfterPut = "images.after_put"
	// SyncAfterStage is after a part of a file was staged.
	SyncAfterStage = "sync.after_stage"
	// SyncBeforeCommit is after a batch of products was merged, before the commit.
	SyncBeforeCommit = "sync.before_commit"
	// SyncAfterMerge is after a batch of products was merged, before its stock is set.
	SyncAfterMerge = "sync.after_merge"
	// SyncBeforeRemovalCommit is after products were taken off sale that a source no longer has, before the commit.
	SyncBeforeRemovalCommit = "sync.before_removal_commit"
	// SyncAfterRemoval is after products were taken off sale that a source no longer has.
	SyncAfterRemoval = "sync.after_removal"
	// SyncBeforeUndoCommit is after some of a run was undone, before the commit.
	SyncBeforeUndoCommit = "sync.before_undo_commit"
	// SyncAfterUndo is after some of a run was undone.
	SyncAfterUndo = "sync.after_undo"
)
