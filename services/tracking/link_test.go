package tracking

import (
	"context"
	"strings"
	"testing"

	"connectrpc.com/connect/v2"

	trackingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/tracking/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
)

// A link opens the order it was signed for and nothing else, whatever is changed in it.
func TestOpenLink(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	service, other := newService(t, 1), newService(t, 2)
	order := id.New()
	signed, err := service.SignLink(ctx, &trackingv1.SignLinkRequest{OrderId: order})
	if err != nil {
		t.Fatal(err)
	}
	opened, err := service.OpenLink(ctx, &trackingv1.OpenLinkRequest{Signed: signed.GetSigned()})
	if err != nil || opened.GetOrderId() != order {
		t.Fatalf("opened %q, %v; want %q", opened.GetOrderId(), err, order)
	}
	again, _ := service.SignLink(ctx, &trackingv1.SignLinkRequest{OrderId: order})
	if again.GetSigned() != signed.GetSigned() {
		t.Error("the same order got two links")
	}
	if _, err := other.OpenLink(ctx, &trackingv1.OpenLinkRequest{Signed: signed.GetSigned()}); connect.CodeOf(err) != connect.CodeNotFound {
		t.Errorf("a link of another shop: %v, want not found", err)
	}
	for i := range signed.GetSigned() {
		changed := []byte(signed.GetSigned())
		changed[i] = map[bool]byte{true: 'A', false: 'B'}[changed[i] != 'A']
		if _, err := service.OpenLink(ctx, &trackingv1.OpenLinkRequest{Signed: string(changed)}); connect.CodeOf(err) != connect.CodeNotFound {
			t.Fatalf("a link changed at %d: %v, want not found", i, err)
		}
	}
	for _, broken := range []string{"x", order, strings.Repeat("A", 200), signed.GetSigned() + "A", signed.GetSigned()[:30]} {
		if _, err := service.OpenLink(ctx, &trackingv1.OpenLinkRequest{Signed: broken}); connect.CodeOf(err) != connect.CodeNotFound {
			t.Errorf("%q: %v, want not found", broken, err)
		}
	}
}

func newService(t *testing.T, seed byte) *Service {
	t.Helper()
	secret := make([]byte, 32)
	secret[0] = seed
	service, err := New(secret)
	if err != nil {
		t.Fatal(err)
	}
	return service
}
