package payment_test

import (
	"testing"

	"connectrpc.com/connect/v2"

	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/services/payment"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// Once a day the statement and the books are compared: what agrees is counted, what either lacks or says differently is kept for staff until they close it, once, and nothing is opened twice.
func TestReconcileStatements(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp := shop.Variant(2500, 9)
	pay := func() string {
		placed := shop.Order(shoptest.Item{Variant: lamp, Quantity: 1})
		shop.Start(placed)
		shop.Provider.Pay(placed.Payment)
		shop.Settle(placed.Payment)
		return placed.Payment
	}
	agreed, less, gone := pay(), pay(), pay()
	stray := id.New()
	if _, err := shop.Provider.Start(t.Context(), payment.StartRequest{Reference: stray, Amount: money.Amount{Minor: 700, Currency: "USD"}}); err != nil || !shop.Provider.Pay(stray) {
		t.Fatal(err)
	}
	shop.Provider.Distort(less, func(view *payment.View) { view.CapturedMinor = 3000 })
	shop.Provider.Distort(gone, func(view *payment.View) { view.CapturedMinor = 0 })
	shop.Exec("update payments set create_time = create_time - interval '3 hours', update_time = update_time - interval '3 hours'")
	shop.Exec("alter table ledger_entries disable trigger ledger_stays")
	shop.Exec("update ledger_entries set create_time = create_time - interval '3 hours'")
	reconcile := func() []*paymentv1.ReconciliationRun {
		t.Helper()
		answer, err := shop.Payments.ReconcileStatements(shop.Process(), &paymentv1.ReconcileStatementsRequest{})
		if err != nil {
			t.Fatal(err)
		}
		return answer.GetRuns()
	}
	if runs := reconcile(); len(runs) != 1 || runs[0].GetLines() != 3 || runs[0].GetMatched() != 1 || runs[0].GetOpened() != 3 {
		t.Errorf("compared %v, want 3 lines, 1 that agrees and 3 that do not; %s agrees", runs, agreed)
	}
	if runs := reconcile(); len(runs) != 0 {
		t.Errorf("compared again at once: %v", runs)
	}
	shop.Exec("update reconciliation_runs set until_time = until_time - interval '1 day'")
	if runs := reconcile(); len(runs) != 1 || runs[0].GetOpened() != 0 {
		t.Errorf("compared a day later: %v, want nothing new", runs)
	}
	items := map[string]*paymentv1.ReconciliationItem{}
	list := func() {
		t.Helper()
		listed, err := shop.Payments.ListReconciliationItems(shop.Staff(), &paymentv1.ListReconciliationItemsRequest{State: paymentv1.ReconciliationState_RECONCILIATION_STATE_OPEN})
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range listed.GetItems() {
			items[item.GetReference()] = item
		}
	}
	list()
	for reference, kind := range map[string]paymentv1.ReconciliationKind{
		less: paymentv1.ReconciliationKind_RECONCILIATION_KIND_DIFFERENT, gone: paymentv1.ReconciliationKind_RECONCILIATION_KIND_MISSING_THERE,
		stray: paymentv1.ReconciliationKind_RECONCILIATION_KIND_MISSING_HERE,
	} {
		if items[reference].GetKind() != kind {
			t.Errorf("%s is %v, want %v", reference, items[reference], kind)
		}
	}
	closeAs := func(reference string, state paymentv1.ReconciliationState) error {
		_, err := shop.Payments.CloseReconciliationItem(shop.Staff(), &paymentv1.CloseReconciliationItemRequest{ItemId: items[reference].GetId(), State: state, Note: "seen"})
		return err
	}
	for range 2 { // pressed twice
		if err := closeAs(less, paymentv1.ReconciliationState_RECONCILIATION_STATE_WRITTEN_OFF); err != nil {
			t.Fatal(err)
		}
		if err := closeAs(stray, paymentv1.ReconciliationState_RECONCILIATION_STATE_RETURNED); err != nil {
			t.Fatal(err)
		}
	}
	if lost := shop.Number("select sum(amount_minor) from ledger_entries where account = 'losses'"); lost != 95 {
		t.Errorf("%d is written off, want 95 once", lost)
	}
	if view, err := shop.Provider.Find(t.Context(), payment.Ref{Reference: stray}); err != nil || view.RefundedMinor != 700 {
		t.Errorf("the stray money is %+v, %v", view, err)
	}
	if err := closeAs(less, paymentv1.ReconciliationState_RECONCILIATION_STATE_ACCEPTED); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("closed in two ways: %v", err)
	}
	if err := closeAs(gone, paymentv1.ReconciliationState_RECONCILIATION_STATE_AGREED); err != nil {
		t.Error(err)
	}
	if open := shop.Number("select count(*) from reconciliation_items where state = 'open'"); open != 1 {
		t.Errorf("%d are open, want the one that still does not agree", open)
	}
	shop.Exec("update reconciliation_runs set until_time = until_time - interval '1 day'")
	if runs := reconcile(); len(runs) != 1 || runs[0].GetOpened() != 0 {
		t.Errorf("compared a day after staff saw to it: %v, want nothing that could be written off once more", runs)
	}
	for _, then := range []struct{ captured, lost int64 }{{2000, 1095}, {1500, 1595}} {
		shop.Provider.Distort(less, func(view *payment.View) { view.CapturedMinor = then.captured })
		shop.Exec("delete from payment_statement_lines where payment_id = $1", less) // as if the provider had said so from the start
		shop.Exec("update reconciliation_runs set until_time = until_time - interval '1 day'")
		if runs := reconcile(); len(runs) != 1 || runs[0].GetOpened() != 1 {
			t.Fatalf("compared after it became more: %v, want it to be seen to again", runs)
		}
		list()
		if err := closeAs(less, paymentv1.ReconciliationState_RECONCILIATION_STATE_WRITTEN_OFF); err != nil {
			t.Fatal(err)
		}
		if lost := shop.Number("select sum(amount_minor) from ledger_entries where account = 'losses'"); int64(lost) != then.lost {
			t.Errorf("%d is written off in all, want %d, that is what the statement lacks", lost, then.lost)
		}
	}
}

// A statement line that comes after its difference was written off takes the write-off back, once; a difference that comes after that is told again. Every comparison stays on a list.
func TestWriteOffTakenBack(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := shop.Order(shoptest.Item{Variant: shop.Variant(2500, 9), Quantity: 1})
	shop.Start(placed)
	shop.Provider.Pay(placed.Payment)
	shop.Settle(placed.Payment)
	stray := id.New()
	if _, err := shop.Provider.Start(t.Context(), payment.StartRequest{Reference: stray, Amount: money.Amount{Minor: 700, Currency: "USD"}}); err != nil || !shop.Provider.Pay(stray) {
		t.Fatal(err)
	}
	shop.Exec("update payments set create_time = create_time - interval '3 hours', update_time = update_time - interval '3 hours'")
	shop.Exec("alter table ledger_entries disable trigger ledger_stays")
	shop.Exec("update ledger_entries set create_time = create_time - interval '3 hours'")
	late := func(minor int64) { // the statement has all of it but the end
		shop.Provider.Distort(placed.Payment, func(view *payment.View) { view.CapturedMinor = minor })
		shop.Exec("delete from payment_statement_lines where payment_id = $1", placed.Payment)
		shop.Exec("update reconciliation_runs set until_time = until_time - interval '1 day'")
		if _, err := shop.Payments.ReconcileStatements(shop.Process(), &paymentv1.ReconcileStatementsRequest{}); err != nil {
			t.Fatal(err)
		}
	}
	open := func() map[string]string {
		t.Helper()
		listed, err := shop.Payments.ListReconciliationItems(shop.Staff(), &paymentv1.ListReconciliationItemsRequest{State: paymentv1.ReconciliationState_RECONCILIATION_STATE_OPEN})
		if err != nil {
			t.Fatal(err)
		}
		items := map[string]string{}
		for _, item := range listed.GetItems() {
			items[item.GetReference()] = item.GetId()
		}
		return items
	}
	lost := func(want int) {
		t.Helper()
		if got := shop.Number("select coalesce(sum(amount_minor), 0) from ledger_entries where account = 'losses'"); got != want {
			t.Errorf("%d is written off, want %d", got, want)
		}
	}
	late(3000)
	_, err := shop.Payments.CloseReconciliationItem(shop.Staff(), &paymentv1.CloseReconciliationItemRequest{ItemId: open()[placed.Payment], State: paymentv1.ReconciliationState_RECONCILIATION_STATE_WRITTEN_OFF})
	if err != nil {
		t.Fatal(err)
	}
	lost(95)
	if _, err := shop.Provider.Refund(t.Context(), payment.Ref{Reference: stray}, "by-hand-there", money.Amount{Minor: 700, Currency: "USD"}, ""); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		late(3095)
		lost(0)
	}
	if left := open(); len(left) != 0 {
		t.Errorf("%v is open, want nothing: the stray money went back at the provider", left)
	}
	if entries := shop.Number("select count(*) from ledger_entries where kind = 'write_off_taken_back'"); entries != 2 {
		t.Errorf("%d entries take it back, want one movement", entries)
	}
	shop.Audit()
	late(3000)
	if open()[placed.Payment] == "" {
		t.Error("what differs again is not told")
	}
	first, err := shop.Payments.ListReconciliationRuns(shop.Staff(), &paymentv1.ListReconciliationRunsRequest{PageSize: 3})
	if err != nil {
		t.Fatal(err)
	}
	rest, err := shop.Payments.ListReconciliationRuns(shop.Staff(), &paymentv1.ListReconciliationRunsRequest{PageSize: 3, PageToken: first.GetNextPageToken()})
	if err != nil || len(first.GetRuns()) != 3 || len(rest.GetRuns()) != 1 || rest.GetNextPageToken() != "" {
		t.Fatalf("runs %v and %v, %v, want four", first, rest, err)
	}
	if newest, oldest := first.GetRuns()[0], rest.GetRuns()[0]; newest.GetStillOpen() != 1 || oldest.GetOpened() != 2 || oldest.GetStillOpen() != 0 {
		t.Errorf("the newest run is %v and the oldest %v, want 1 still open and none of 2", newest, oldest)
	}
}

// Money that belongs to no payment is linked to an order that its shopper owes it for, and to no other.
func TestLinkStrayMoney(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp := shop.Variant(2500, 9)
	paid := shop.Order(shoptest.Item{Variant: lamp, Quantity: 1})
	shop.Start(paid)
	shop.Provider.Pay(paid.Payment)
	shop.Settle(paid.Payment)
	pending, owing := shop.Order(shoptest.Item{Variant: lamp, Quantity: 1}), shop.OrderOnDelivery(shoptest.Item{Variant: lamp, Quantity: 1})
	owes := func() int {
		return shop.Number("select sum(amount_minor) from ledger_entries where account = 'customer_receivable' and order_id = $1", owing.ID)
	}
	total := owes()
	for _, minor := range []int64{int64(total) - 1, 700} {
		stray := id.New()
		if _, err := shop.Provider.Start(t.Context(), payment.StartRequest{Reference: stray, Amount: money.Amount{Minor: minor, Currency: "USD"}}); err != nil || !shop.Provider.Pay(stray) {
			t.Fatal(err)
		}
	}
	if _, err := shop.Payments.ReconcileStatements(shop.Process(), &paymentv1.ReconcileStatementsRequest{}); err != nil {
		t.Fatal(err)
	}
	listed, err := shop.Payments.ListReconciliationItems(shop.Staff(), &paymentv1.ListReconciliationItemsRequest{State: paymentv1.ReconciliationState_RECONCILIATION_STATE_OPEN})
	if err != nil {
		t.Fatal(err)
	}
	items := map[int64]string{}
	for _, item := range listed.GetItems() {
		items[item.GetTheirs().GetAmountMinor()] = item.GetId()
	}
	link := func(minor int64, order string) error {
		_, err := shop.Payments.CloseReconciliationItem(shop.Staff(), &paymentv1.CloseReconciliationItemRequest{
			ItemId: items[minor], State: paymentv1.ReconciliationState_RECONCILIATION_STATE_LINKED, OrderId: order, Note: "found",
		})
		return err
	}
	for name, order := range map[string]string{"paid": paid.ID, "not sold yet": pending.ID, "unknown": id.New()} {
		if err := link(700, order); connect.CodeOf(err) != connect.CodeFailedPrecondition {
			t.Errorf("linked to an order that is %s: %v", name, err)
		}
	}
	if err := link(int64(total)-1, owing.ID); err != nil {
		t.Fatal(err)
	}
	if err := link(700, owing.ID); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("linked more than is owed: %v", err)
	}
	if left := owes(); left != 1 {
		t.Errorf("%d is still owed, want 1", left)
	}
}
