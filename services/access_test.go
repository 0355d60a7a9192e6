package services_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connectinprocess"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/prometheus/client_golang/prometheus"

	accessv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/access/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/blob"
	"github.com/tradewind-commerce/tradewind/platform/cache"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/config"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services"
)

// newSet is every service in one process, as a laptop runs it.
func newSet(t *testing.T) *services.Set {
	t.Helper()
	store, err := blob.Open(t.Context(), blob.FileURL(t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	shared, err := cache.Open(t.Context(), cache.Config{Metrics: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(shared.Close)
	set, err := services.New(services.Settings{
		SecretKey: config.NewKey([32]byte{1}), SigningKey: config.NewKey([32]byte{2}),
		StoreName: "Test", StoreCurrency: "USD", OrderNumbers: "TW-%06d", PublicURL: "http://shop.test",
	}, "test", services.Resources{DB: postgrestest.New(t), Cache: shared, Blob: store, Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// caller is one kind of party that may try a method.
type caller struct {
	name     string
	token    auth.Caller
	identity bool
	allowed  func(*accessv1.Policy) bool
}

func callers(policy *accessv1.Policy) []caller {
	return []caller{
		{"nobody", auth.Caller{}, false, (*accessv1.Policy).GetPublic},
		{"guest", auth.Caller{Kind: auth.Guest, Subject: "g"}, false, func(p *accessv1.Policy) bool { return p.GetPublic() || p.GetGuest() }},
		{"customer", auth.Caller{Kind: auth.Customer, Subject: "c"}, false, func(p *accessv1.Policy) bool { return p.GetPublic() || p.GetCustomer() }},
		{"staff without the permission", auth.Caller{Kind: auth.Staff, Subject: "s", Grants: []string{"none"}}, false, (*accessv1.Policy).GetPublic},
		{"staff", auth.Caller{Kind: auth.Staff, Subject: "s", Grants: []string{policy.GetStaff()}}, false, func(p *accessv1.Policy) bool { return p.GetPublic() || p.GetStaff() != "" }},
		{"key without the scope", auth.Caller{Kind: auth.Key, Subject: "k", Grants: []string{"none"}}, false, (*accessv1.Policy).GetPublic},
		{"key", auth.Caller{Kind: auth.Key, Subject: "k", Grants: []string{policy.GetKey()}}, false, func(p *accessv1.Policy) bool { return p.GetPublic() || p.GetKey() != "" }},
		{"process", auth.Caller{}, true, func(p *accessv1.Policy) bool { return p.GetPublic() || p.GetProcess() }},
	}
}

// Every method of every service lets in whom its policy names and nobody else, and refuses a request that breaks its rules.
func TestEveryMethod(t *testing.T) {
	t.Parallel()
	set := newSet(t)
	signer, err := auth.NewSigner(append([]byte{2}, make([]byte, 31)...))
	if err != nil {
		t.Fatal(err)
	}
	identity, err := auth.NewIdentity(append([]byte{1}, make([]byte, 31)...), "tester")
	if err != nil {
		t.Fatal(err)
	}
	methods := 0
	for spec := range set.Server.Specs() {
		policy := rpc.PolicyOf(spec)
		method, ok := spec.Schema.(protoreflect.MethodDescriptor)
		if !ok {
			t.Fatalf("%s has no descriptor", spec.Procedure)
		}
		methods++
		t.Run(strings.TrimPrefix(spec.Procedure, "/tradewind."), func(t *testing.T) {
			t.Parallel()
			request, breaks := invalid(t, method)
			letIn := 0
			for _, who := range callers(policy) {
				ctx := context.Background()
				var asked *auth.Identity
				if who.identity {
					asked = identity
				}
				if who.token.Kind != auth.Anonymous {
					token, err := signer.Sign(who.token, clock.Now().Add(time.Minute))
					if err != nil {
						t.Fatal(err)
					}
					ctx = auth.WithToken(ctx, token)
				}
				client := connect.NewClient(connectinprocess.New(set.Server), rpc.ClientInterceptor(asked))
				err := client.CallUnary(ctx, spec, request, answerOf(t, method))
				code := connect.CodeOf(err)
				switch {
				case !who.allowed(policy) && code != connect.CodeUnauthenticated && code != connect.CodePermissionDenied:
					t.Errorf("%s got in: %v", who.name, err)
				case who.allowed(policy) && (code == connect.CodeUnauthenticated && !policy.GetPublic() || code == connect.CodePermissionDenied):
					t.Errorf("%s was kept out: %v", who.name, err)
				case who.allowed(policy) && breaks && code != connect.CodeInvalidArgument:
					t.Errorf("%s's broken request was taken: %v", who.name, err)
				case who.allowed(policy):
					letIn++
				}
			}
			if letIn == 0 {
				t.Error("nobody may call this")
			}
		})
	}
	if methods < 40 {
		t.Errorf("walked %d methods; are services missing?", methods)
	}
}

func answerOf(t *testing.T, method protoreflect.MethodDescriptor) proto.Message {
	t.Helper()
	kind, err := protoregistry.GlobalTypes.FindMessageByName(method.Output().FullName())
	if err != nil {
		t.Fatal(err)
	}
	return kind.New().Interface()
}

// invalid makes a request whose every field is beyond any bound, and says whether there is a rule for it to break: a request without
// fields has none.
func invalid(t *testing.T, method protoreflect.MethodDescriptor) (request proto.Message, breaks bool) {
	t.Helper()
	kind, err := protoregistry.GlobalTypes.FindMessageByName(method.Input().FullName())
	if err != nil {
		t.Fatal(err)
	}
	message := kind.New()
	fields := method.Input().Fields()
	for i := range fields.Len() {
		excess(message, fields.Get(i))
	}
	return message.Interface(), fields.Len() > 0
}

func excess(message protoreflect.Message, field protoreflect.FieldDescriptor) {
	switch {
	case field.IsMap():
	case field.IsList():
		list := message.Mutable(field).List()
		for range 2000 {
			if field.Message() != nil {
				list.Append(list.NewElement())
			} else {
				list.Append(scalar(field))
			}
		}
	case field.Message() != nil:
		message.Mutable(field)
	default:
		message.Set(field, scalar(field))
	}
}

func scalar(field protoreflect.FieldDescriptor) protoreflect.Value {
	switch field.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(strings.Repeat("x", 5000))
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes(make([]byte, 3<<20))
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(9999)
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(-1 << 31)
	case protoreflect.Int64Kind:
		return protoreflect.ValueOfInt64(-1 << 63)
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(true)
	default:
		return field.Default()
	}
}
