// Package auth knows who is asking: it signs and verifies tokens and carries the caller in the context.
package auth

import (
	"context"
	"slices"
)

// Kind is what sort of caller someone is.
type Kind string

// The kinds of caller that a method's policy names.
const (
	Anonymous Kind = ""
	Guest     Kind = "guest"
	Customer  Kind = "customer"
	Staff     Kind = "staff"
	Key       Kind = "key"
	Process   Kind = "process"
)

// Caller is who a request is made for, as its verified headers say. The zero Caller is anonymous.
type Caller struct {
	Kind Kind
	// Subject is the caller's id, or a process's name.
	Subject string
	// Name is for people to read.
	Name string
	// Grants are a staff member's permissions or a key's scopes.
	Grants []string
	// Through names the process that made the call, when its token was verified.
	Through string
}

// Has says whether a staff member holds a permission or a key a scope.
func (c Caller) Has(grant string) bool { return slices.Contains(c.Grants, grant) }

// Shopper says whether the caller is a guest or a customer, who own carts and orders by their subject.
func (c Caller) Shopper() bool {
	return (c.Kind == Guest || c.Kind == Customer) && c.Subject != ""
}

type (
	callerKey struct{}
	tokenKey  struct{}
)

// CallerFrom returns who the request is made for.
func CallerFrom(ctx context.Context) Caller {
	caller, _ := ctx.Value(callerKey{}).(Caller)
	return caller
}

// WithCaller sets who the request is made for. Only the server interceptor, after verifying, and tests do that.
func WithCaller(ctx context.Context, caller Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, caller)
}

// WithToken keeps the original caller's token, which the client interceptor passes on.
func WithToken(ctx context.Context, token string) context.Context {
	return context.WithValue(ctx, tokenKey{}, token)
}

// TokenFrom returns the original caller's token; empty for none.
func TokenFrom(ctx context.Context) string {
	token, _ := ctx.Value(tokenKey{}).(string)
	return token
}
