package event

import (
	"context"
	"fmt"
	"math"

	eventv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/event/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
)

// signInMail is what the templates are filled with.
type signInMail struct {
	Store string
	// Code is in two groups of four digits, as it is easy to keep in mind. It can be typed like that.
	Code string
	// Minutes are those in which it can be entered, from now on.
	Minutes int
}

// SendSignInMail sends the code by which somebody signs in. The subject, which the log may hold, does not have it, nor does the table of mails.
func (s *Service) SendSignInMail(ctx context.Context, req *eventv1.SendSignInMailRequest) (*eventv1.SendSignInMailResponse, error) {
	code, left := req.GetCode(), req.GetExpireTime().AsTime().Sub(clock.Now())
	filled := signInMail{Store: s.cfg.StoreName, Code: code[:len(code)/2] + " " + code[len(code)/2:], Minutes: max(1, int(math.Round(left.Minutes())))}
	mail, err := write("sign_in", req.GetSignInId()+".sign_in", fmt.Sprintf("Your code to sign in to %s", s.cfg.StoreName), req.GetEmail(), filled)
	if err != nil {
		return nil, err
	}
	sent, err := s.sendOnce(ctx, req.GetSignInId(), "sign_in", mail)
	if err != nil {
		return nil, err
	}
	return &eventv1.SendSignInMailResponse{Sent: sent}, nil
}
