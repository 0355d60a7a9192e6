package event

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/event/v1"
	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

const (
	usualDeliveries = 50
	countedDead     = 1000
)

// deliveryPage is where the next page of dead deliveries begins.
type deliveryPage struct {
	Time time.Time `json:"t"`
	ID   string    `json:"i"`
}

// ListDeadDeliveries reads the primary: staff look again right after they replayed some.
func (s *Service) ListDeadDeliveries(ctx context.Context, req *eventv1.ListDeadDeliveriesRequest) (*eventv1.ListDeadDeliveriesResponse, error) {
	var from deliveryPage
	if err := rpc.ParsePageToken(req.GetPageToken(), &from); err != nil {
		return nil, err
	}
	var after *broker.DeadLetter
	if from.ID != "" && !id.Valid(from.ID) {
		return nil, rpc.InvalidArgument("page_token: not one that this method returned; leave it empty for the first page")
	}
	if from.ID != "" {
		after = &broker.DeadLetter{ID: from.ID, DeadTime: from.Time}
	}
	size := int(rpc.PageSize(req.GetPageSize(), usualDeliveries))
	letters, err := broker.DeadLetters(ctx, s.cfg.DB.Primary(), after, size+1)
	if err != nil {
		return nil, err
	}
	total, err := broker.CountDeadLetters(ctx, s.cfg.DB.Primary(), countedDead)
	if err != nil {
		return nil, err
	}
	answer := &eventv1.ListDeadDeliveriesResponse{Total: int32(total)}
	for i, letter := range letters {
		if i == size {
			last := letters[size-1]
			answer.NextPageToken = rpc.PageToken(deliveryPage{Time: last.DeadTime, ID: last.ID})
			break
		}
		payload, err := letter.JSON()
		if err != nil { // an event of another release: staff can still replay or discard it
			payload = err.Error()
		}
		answer.Deliveries = append(answer.Deliveries, &eventv1.Delivery{
			Id: letter.ID, EventId: letter.EventID, Consumer: letter.Consumer, Topic: letter.Topic, Attempts: letter.Attempts,
			Error: letter.Error, CreateTime: timestamppb.New(letter.CreateTime), DeadTime: timestamppb.New(letter.DeadTime), PayloadJson: payload,
		})
	}
	return answer, nil
}

// ReplayDeliveries has dead deliveries tried again.
func (s *Service) ReplayDeliveries(ctx context.Context, req *eventv1.ReplayDeliveriesRequest) (*eventv1.ReplayDeliveriesResponse, error) {
	replayed, err := broker.Replay(ctx, s.cfg.DB.Primary(), req.GetIds()...)
	if err != nil {
		return nil, err
	}
	return &eventv1.ReplayDeliveriesResponse{Replayed: int32(replayed)}, nil
}

// DiscardDeliveries removes dead deliveries.
func (s *Service) DiscardDeliveries(ctx context.Context, req *eventv1.DiscardDeliveriesRequest) (*eventv1.DiscardDeliveriesResponse, error) {
	discarded, err := broker.Discard(ctx, s.cfg.DB.Primary(), req.GetIds()...)
	if err != nil {
		return nil, err
	}
	return &eventv1.DiscardDeliveriesResponse{Discarded: int32(discarded)}, nil
}
