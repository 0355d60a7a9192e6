package event

import (
	"testing"

	"connectrpc.com/connect/v2"

	eventv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/event/v1"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// A page token that this method never gave out is refused in words, whatever it holds.
func TestListDeadDeliveriesToken(t *testing.T) {
	t.Parallel()
	service, _ := newTestService(t)
	for _, token := range []string{"nonsense", rpc.PageToken(deliveryPage{ID: "' or true"})} {
		_, err := service.ListDeadDeliveries(t.Context(), &eventv1.ListDeadDeliveriesRequest{PageToken: token})
		if connect.CodeOf(err) != connect.CodeInvalidArgument {
			t.Errorf("%q: %v", token, err)
		}
	}
}
