package order_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"connectrpc.com/connect/v2"
	"github.com/jackc/pgx/v5"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1/paymentv1connect"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/services/order"
	"github.com/tradewind-commerce/tradewind/services/payment"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// sameMoment answers the first calls to carry out something only once so many of them have their answer, so that each settles by what was true before the others.
type sameMoment struct {
	paymentv1connect.PaymentServiceClient
	mu      sync.Mutex
	waiting int
	all     chan struct{}
}

func (s *sameMoment) CarryOut(ctx context.Context, req *paymentv1.CarryOutRequest) (*paymentv1.CarryOutResponse, error) {
	answer, err := s.PaymentServiceClient.CarryOut(ctx, req)
	s.mu.Lock()
	if s.waiting--; s.waiting == 0 {
		close(s.all)
	}
	s.mu.Unlock()
	<-s.all
	return answer, err
}

// Instructions for a payment on delivery that are given at the same moment are all carried out: one whose answer was overtaken by another's is tried again, as the worker tries what is unavailable.
func TestInstructionsOnDeliveryAtOnce(t *testing.T) {
	t.Parallel()
	const parts = 3
	shop := shoptest.New(t)
	placed := shop.OrderOnDelivery(shoptest.Item{Variant: shop.Variant(1500, 9), Quantity: 3})
	paymentID := shop.Look(placed.ID).GetPayments()[0].GetId()
	given, err := postgres.InTx(t.Context(), shop.DB, func(ctx context.Context, tx pgx.Tx) ([]string, error) {
		var given []string
		for range parts {
			instruction, err := payment.Capture(ctx, tx, placed.ID, paymentID, 1000, false)
			if err != nil {
				return nil, err
			}
			given = append(given, instruction)
		}
		return given, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	orders := order.New(order.Config{
		DB: shop.DB, Payments: &sameMoment{PaymentServiceClient: shop.Payments, waiting: parts, all: make(chan struct{})}, Links: shop.Links, PublicURL: "https://shop.example",
	})
	together(parts, func(i int) {
		for range parts + 1 {
			_, err := orders.CarryOutInstruction(shop.Process(), &orderv1.CarryOutInstructionRequest{InstructionId: given[i]})
			if err == nil {
				return
			}
			if connect.CodeOf(err) != connect.CodeUnavailable {
				t.Error(err)
				return
			}
		}
		t.Errorf("instruction %d is never done", i)
	})
	books, err := shop.Payments.GetOrderBooks(shop.Staff(), &paymentv1.GetOrderBooksRequest{OrderId: placed.ID})
	if err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(books.GetInstructions(), func(one *paymentv1.Instruction) bool {
		return one.GetState() != paymentv1.InstructionState_INSTRUCTION_STATE_DONE
	}) {
		t.Errorf("the instructions are %v, want all done", books.GetInstructions())
	}
	if taken := shop.Look(placed.ID).GetPayments()[0].GetCaptured().GetAmountMinor(); taken != parts*1000 {
		t.Errorf("%d was taken, want %d", taken, parts*1000)
	}
	shop.Audit()
}

// Of what is collected on delivery some may be received, and the rest let go of, with that or afterwards.
func TestCollectSome(t *testing.T) {
	t.Parallel()
	for name, final := range map[string]bool{"and no more": true, "and release the rest": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			collectSome(t, final)
		})
	}
}

func collectSome(t *testing.T, final bool) {
	shop := shoptest.New(t)
	placed := shop.OrderOnDelivery(shoptest.Item{Variant: shop.Variant(1500, 9), Quantity: 3})
	paymentID := shop.Look(placed.ID).GetPayments()[0].GetId()
	_, err := shop.Orders.CapturePayment(shop.Staff(), &orderv1.CapturePaymentRequest{OrderId: placed.ID, PaymentId: paymentID, AmountMinor: 1000, Final: final, IdempotencyKey: id.New()})
	if err != nil {
		t.Fatal(err)
	}
	if !final {
		release(t, shop, placed.ID, paymentID)
	}
	if waits := shop.Number("select count(*) from payment_instructions where state <> 'done'"); waits != 0 {
		t.Errorf("%d instructions are not done", waits)
	}
	wantBalances(t, shop, placed.ID, map[string]int64{"sales": -5095, "gateway_clearing": 1000, "refunds": 4095, "customer_receivable": 0})
	shop.Audit()
}

func release(t *testing.T, shop *shoptest.Shop, orderID, paymentID string) {
	t.Helper()
	released, err := shop.Orders.ReleasePayment(shop.Staff(), &orderv1.ReleasePaymentRequest{OrderId: orderID, PaymentId: paymentID, IdempotencyKey: id.New()})
	if err != nil || released.GetProblem() != "" {
		t.Fatal(released.GetProblem(), err)
	}
}

// What lets go of the rest waits for what was asked for before: else that would be refused, and lost.
func TestLastInstructionWaits(t *testing.T) {
	t.Parallel()
	for name, last := range map[string]func(ctx context.Context, tx pgx.Tx, placed shoptest.Placed) (string, error){
		"the final capture": func(ctx context.Context, tx pgx.Tx, placed shoptest.Placed) (string, error) {
			return payment.Capture(ctx, tx, placed.ID, placed.Payment, 500, true)
		},
		"a release": func(ctx context.Context, tx pgx.Tx, placed shoptest.Placed) (string, error) {
			return payment.Release(ctx, tx, placed.ID, placed.Payment)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shop := shoptest.NewReserving(t)
			placed := paid(t, shop)
			given, err := postgres.InTx(t.Context(), shop.DB, func(ctx context.Context, tx pgx.Tx) ([]string, error) {
				first, err := payment.Capture(ctx, tx, placed.ID, placed.Payment, 1000, false)
				if err != nil {
					return nil, err
				}
				second, err := last(ctx, tx, placed)
				return []string{first, second}, err
			})
			if err != nil {
				t.Fatal(err)
			}
			carryOut := func(instruction string) error {
				_, err := shop.Orders.CarryOutInstruction(shop.Process(), &orderv1.CarryOutInstructionRequest{InstructionId: instruction})
				return err
			}
			if err := carryOut(given[1]); connect.CodeOf(err) != connect.CodeUnavailable {
				t.Errorf("the last came first: %v", err)
			}
			for _, instruction := range given {
				if err := carryOut(instruction); err != nil {
					t.Error(err)
				}
			}
			if refused := shop.Number("select count(*) from payment_instructions where state <> 'done'"); refused != 0 {
				t.Errorf("%d instructions are not done", refused)
			}
			shop.Audit()
		})
	}
}
