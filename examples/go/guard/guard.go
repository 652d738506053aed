// Package guard guards a grpc-go server with our tokens: it reads the rules of paseto/v1/auth.proto beside each method,
// judges every call before its handler runs, and ends streams when their token expires or is revoked. Copy it with trust.
//
// Streams cannot be renewed here: that takes paseto.v1.StreamAuthorization, which the C++ library serves.
package guard

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	pb "shop.example/gen/pasetov1"
	"shop.example/trust"
)

// Guard has the two interceptors of a server.
type Guard struct {
	set      *trust.Set
	audience string
	rules    map[string]*pb.AuthRule
}

type principalKey struct{}

// PrincipalFrom gives who calls; nil where the rule lets anybody in.
func PrincipalFrom(ctx context.Context) *trust.Claims {
	claims, _ := ctx.Value(principalKey{}).(*trust.Claims)
	return claims
}

// New reads the rules of the services in `files`. A rule that this guard cannot keep is an error.
func New(set *trust.Set, audience string, files ...protoreflect.FileDescriptor) (*Guard, error) {
	g := &Guard{set: set, audience: audience, rules: map[string]*pb.AuthRule{}}
	for _, file := range files {
		for i := range file.Services().Len() {
			service := file.Services().Get(i)
			for j := range service.Methods().Len() {
				method := service.Methods().Get(j)
				rule := ruleOf(file, service, method)
				if err := supported(rule); err != nil {
					return nil, fmt.Errorf("%s: %w", method.FullName(), err)
				}
				g.rules[fmt.Sprintf("/%s/%s", service.FullName(), method.Name())] = rule
			}
		}
	}
	return g, nil
}

// ruleOf: the first level that has a rule supplies the whole rule.
func ruleOf(file protoreflect.FileDescriptor, service protoreflect.ServiceDescriptor,
	method protoreflect.MethodDescriptor) *pb.AuthRule {
	switch {
	case proto.HasExtension(method.Options(), pb.E_Auth):
		return proto.GetExtension(method.Options(), pb.E_Auth).(*pb.AuthRule)
	case proto.HasExtension(service.Options(), pb.E_ServiceAuth):
		return proto.GetExtension(service.Options(), pb.E_ServiceAuth).(*pb.AuthRule)
	case proto.HasExtension(file.Options(), pb.E_FileAuth):
		return proto.GetExtension(file.Options(), pb.E_FileAuth).(*pb.AuthRule)
	}
	return &pb.AuthRule{}
}

func supported(rule *pb.AuthRule) (err error) {
	if rule.Mode == pb.AuthRule_MODE_OPTIONAL_LENIENT {
		return fmt.Errorf("this guard does not know MODE_OPTIONAL_LENIENT")
	}
	known := []protoreflect.Name{"mode", "type", "fresh", "any_scopes", "all_scopes"}
	rule.ProtoReflect().Range(func(field protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		if !slices.Contains(known, field.Name()) {
			err = fmt.Errorf("this guard does not know %s", field.Name())
		}
		return err == nil
	})
	return err
}

// Unary is a grpc.UnaryServerInterceptor.
func (g *Guard) Unary(ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	principal, err := g.decide(ctx, info.FullMethod)
	if err != nil {
		return nil, err
	}
	return handle(context.WithValue(ctx, principalKey{}, principal), request)
}

// Stream is a grpc.StreamServerInterceptor. No message passes once the stream has to end.
func (g *Guard) Stream(server any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handle grpc.StreamHandler) error {
	principal, err := g.decide(stream.Context(), info.FullMethod)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(context.WithValue(stream.Context(), principalKey{}, principal))
	defer cancel(nil)
	handled := make(chan error, 1)
	go func() { handled <- handle(server, &guardedStream{stream, ctx}) }()
	if principal != nil {
		go g.watch(ctx, principal, cancel)
	}
	select {
	case err = <-handled:
	case <-ctx.Done(): // returning ends the stream, and with it what the handler waits for
		err = context.Cause(ctx)
	}
	return err
}

func (g *Guard) watch(ctx context.Context, principal *trust.Claims, end context.CancelCauseFunc) {
	expired := time.After(time.Until(principal.Expires))
	for {
		changed := g.set.Changed()
		if g.set.Revoked(principal) {
			end(status.Error(codes.Unauthenticated, "stream_revoked: the token of this stream was revoked"))
			return
		}
		select {
		case <-changed:
		case <-expired:
			end(status.Error(codes.Unauthenticated, "stream_expired: the token of this stream expired; open a new one"))
			return
		case <-ctx.Done():
			return
		}
	}
}

type guardedStream struct {
	grpc.ServerStream
	ctx context.Context
}

func (s *guardedStream) Context() context.Context { return s.ctx }

func (s *guardedStream) SendMsg(message any) error {
	if s.ctx.Err() != nil {
		return context.Cause(s.ctx)
	}
	return s.ServerStream.SendMsg(message)
}

func (s *guardedStream) RecvMsg(message any) error {
	err := s.ServerStream.RecvMsg(message)
	if s.ctx.Err() != nil {
		return context.Cause(s.ctx)
	}
	return err
}

func (g *Guard) decide(ctx context.Context, method string) (*trust.Claims, error) {
	rule := g.rules[method] // of a method without any: the empty one
	presented := metadata.ValueFromIncomingContext(ctx, "authorization")
	if rule.GetMode() == pb.AuthRule_MODE_PUBLIC || rule.GetMode() == pb.AuthRule_MODE_OPTIONAL && len(presented) == 0 {
		return nil, nil
	}
	switch {
	case len(presented) == 0:
		return nil, status.Error(codes.Unauthenticated, "token_missing: this method needs a token")
	case len(presented) > 1:
		return nil, status.Error(codes.Unauthenticated, "token_ambiguous: send exactly one credential")
	case !g.set.Fresh():
		return nil, status.Error(codes.Unavailable, "trust_stale: keys and revocations are too old to rely on; try later")
	}
	scheme, token, _ := strings.Cut(presented[0], " ")
	if !strings.EqualFold(scheme, "bearer") {
		return nil, status.Error(codes.Unauthenticated, "token_malformed: the scheme is not Bearer")
	}
	kind := rule.GetType()
	if kind == "" {
		kind = "access"
	}
	claims, err := g.set.Verify(token, g.audience, kind, certificateOf(ctx), time.Now())
	if err != nil {
		return nil, status.Error(codes.Unauthenticated, err.Error())
	}
	if rule.GetFresh() && !claims.Fresh {
		return nil, status.Error(codes.Unauthenticated, "not_fresh: this method needs a fresh token; sign in again")
	}
	if !enough(rule, strings.Fields(claims.Scope)) {
		return nil, status.Error(codes.PermissionDenied, "scope_missing: the token lacks a scope that this method needs")
	}
	return claims, nil
}

// certificateOf gives the certificate that the caller of a connection proved, or nil.
func certificateOf(ctx context.Context) []byte {
	caller, known := peer.FromContext(ctx)
	if !known {
		return nil
	}
	if tls, ok := caller.AuthInfo.(credentials.TLSInfo); ok && len(tls.State.PeerCertificates) > 0 {
		return tls.State.PeerCertificates[0].Raw
	}
	return nil
}

func enough(rule *pb.AuthRule, scopes []string) bool {
	held := func(scope string) bool { return slices.Contains(scopes, scope) }
	lacks := func(scope string) bool { return !held(scope) }
	return !slices.ContainsFunc(rule.GetAllScopes(), lacks) &&
		(len(rule.GetAnyScopes()) == 0 || slices.ContainsFunc(rule.GetAnyScopes(), held))
}
