package rpc

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	accessv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/access/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
)

const (
	readDeadline  = 2 * time.Second
	writeDeadline = 5 * time.Second
)

// open is the policy of the standard services, health and reflection, whose protos are not ours to annotate.
var open = &accessv1.Policy{Public: true, DeadlineSeconds: 3600}

var policies sync.Map // procedure to *accessv1.Policy

// PolicyOf returns who may call a method; nil when it does not say.
func PolicyOf(spec connect.Spec) *accessv1.Policy {
	if known, ok := policies.Load(spec.Procedure); ok {
		return known.(*accessv1.Policy)
	}
	policy := readPolicy(spec)
	if policy != nil {
		policies.Store(spec.Procedure, policy)
	}
	return policy
}

func readPolicy(spec connect.Spec) *accessv1.Policy {
	if strings.HasPrefix(spec.Procedure, "/grpc.") {
		return open
	}
	method, ok := spec.Schema.(protoreflect.MethodDescriptor)
	if !ok || !proto.HasExtension(method.Options(), accessv1.E_Policy) {
		return nil
	}
	policy, _ := proto.GetExtension(method.Options(), accessv1.E_Policy).(*accessv1.Policy)
	return policy
}

// CheckPolicies fails when a method does not say who may call it. A process calls it before it serves.
func CheckPolicies(server *connect.Server) error {
	for spec := range server.Specs() {
		if p := PolicyOf(spec); p == nil || !namesSomebody(p) {
			return fmt.Errorf("%s says nothing of who may call it; give it a tradewind.access.v1.policy option", spec.Procedure)
		}
	}
	return nil
}

func namesSomebody(p *accessv1.Policy) bool {
	return p.GetPublic() || p.GetGuest() || p.GetCustomer() || p.GetStaff() != "" || p.GetKey() != "" || p.GetProcess()
}

// ProcessOnly says whether a method is for processes of this installation alone, and so not served on the public port.
func ProcessOnly(p *accessv1.Policy) bool {
	return p.GetProcess() && !p.GetPublic() && !p.GetGuest() && !p.GetCustomer() && p.GetStaff() == "" && p.GetKey() == ""
}

// allow decides by the policy alone; whose rows a caller may touch is the handler's.
func allow(policy *accessv1.Policy, caller auth.Caller) error {
	switch {
	case policy.GetPublic(),
		policy.GetProcess() && caller.Through != "",
		policy.GetGuest() && caller.Kind == auth.Guest,
		policy.GetCustomer() && caller.Kind == auth.Customer,
		policy.GetStaff() != "" && caller.Kind == auth.Staff && caller.Has(policy.GetStaff()),
		policy.GetKey() != "" && caller.Kind == auth.Key && caller.Has(policy.GetKey()):
		return nil
	case caller.Kind == auth.Anonymous:
		return Unauthenticated("this call needs a token in the Authorization header")
	default:
		return PermissionDenied("this token does not allow this call")
	}
}

func deadline(spec connect.Spec, policy *accessv1.Policy) time.Duration {
	switch {
	case policy.GetDeadlineSeconds() > 0:
		return time.Duration(policy.GetDeadlineSeconds()) * time.Second
	case spec.IdempotencyLevel == connect.IdempotencyNoSideEffects:
		return readDeadline
	default:
		return writeDeadline
	}
}
