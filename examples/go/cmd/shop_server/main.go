// shop_server is the shop of examples/guarded_service in Go, guarded by the rules that stand in shop.proto.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"

	tokens "shop.example/credentials"
	"shop.example/gen/shop"
	"shop.example/guard"
	"shop.example/trust"
)

type order struct {
	id, customer, product string
	quantity              int32
}

// server's handlers ask only who calls; whether the caller may call was decided before them.
type server struct {
	shop.UnimplementedShopServer
	mu     sync.Mutex
	orders []order
}

func (s *server) of(customer string) []order {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.orders), func(one order) bool { return one.customer != customer })
}

func (s *server) ListProducts(context.Context, *shop.ListProductsRequest) (*shop.ListProductsResponse, error) {
	return &shop.ListProductsResponse{Products: []string{"cup", "pot", "tea"}}, nil
}

func (s *server) GetOrder(ctx context.Context, request *shop.GetOrderRequest) (*shop.GetOrderResponse, error) {
	for _, one := range s.of(guard.PrincipalFrom(ctx).Subject) {
		if one.id == request.OrderId {
			return &shop.GetOrderResponse{Product: one.product, Quantity: one.quantity}, nil
		}
	}
	return nil, status.Error(codes.NotFound, "you have no such order")
}

func (s *server) DeleteAccount(ctx context.Context, _ *shop.DeleteAccountRequest) (*shop.DeleteAccountResponse, error) {
	caller := guard.PrincipalFrom(ctx).Subject
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(s.orders)
	s.orders = slices.DeleteFunc(s.orders, func(one order) bool { return one.customer == caller })
	return &shop.DeleteAccountResponse{DeletedOrders: int32(before - len(s.orders))}, nil
}

func (s *server) WatchOrders(_ *shop.WatchOrdersRequest, stream grpc.ServerStreamingServer[shop.WatchOrdersResponse]) error {
	states := []string{"packed", "handed to the courier", "on the road", "at the door"}
	mine := s.of(guard.PrincipalFrom(stream.Context()).Subject)
	if len(mine) == 0 {
		return status.Error(codes.NotFound, "you have no orders")
	}
	for step := 0; ; step++ {
		state := states[step/len(mine)%len(states)]
		if err := stream.Send(&shop.WatchOrdersResponse{OrderId: mine[step%len(mine)].id, State: state}); err != nil {
			return err
		}
		select {
		case <-time.After(250 * time.Millisecond):
		case <-stream.Context().Done():
			return context.Cause(stream.Context())
		}
	}
}

func (s *server) Chat(stream grpc.BidiStreamingServer[shop.ChatRequest, shop.ChatResponse]) error {
	caller := guard.PrincipalFrom(stream.Context()).Subject
	for {
		request, err := stream.Recv()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := stream.Send(&shop.ChatResponse{Text: caller + ", you said: " + request.Text}); err != nil {
			return err
		}
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func authorities(path string) *x509.CertPool {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(must(os.ReadFile(path))) {
		log.Fatalf("%s: no certificate in it", path)
	}
	return pool
}

func main() {
	listen := flag.String("listen", "localhost:50051", "address; port 0 takes a free one")
	portFile := flag.String("port-file", "", "where to write the port, once the server is ready")
	feed := flag.String("feed", "", "tokend's address")
	feedCA := flag.String("feed-ca", "", "PEM authorities of tokend's certificate")
	feedToken := flag.String("feed-token-file", "", "the client token for the feed")
	issuer := flag.String("issuer", "", "the iss that tokens must have")
	audience := flag.String("audience", "shop", "the aud that tokens must have")
	certificate := flag.String("certificate", "", "PEM chain")
	privateKey := flag.String("private-key", "", "PEM key of the certificate")
	clientCA := flag.String("client-ca", "", "PEM authorities of client certificates, which are required")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()

	token := strings.TrimSpace(string(must(os.ReadFile(*feedToken))))
	tokend := must(grpc.NewClient(*feed,
		grpc.WithTransportCredentials(credentials.NewClientTLSFromCert(authorities(*feedCA), "")),
		grpc.WithPerRPCCredentials(tokens.Fixed(token))))
	set := must(trust.Follow(ctx, tokend, *issuer))
	gate := must(guard.New(set, *audience, shop.File_examples_guarded_service_shop_proto))

	grpcServer := grpc.NewServer(grpc.UnaryInterceptor(gate.Unary), grpc.StreamInterceptor(gate.Stream),
		grpc.Creds(credentials.NewTLS(&tls.Config{
			Certificates: []tls.Certificate{must(tls.LoadX509KeyPair(*certificate, *privateKey))},
			ClientCAs:    authorities(*clientCA), ClientAuth: tls.RequireAndVerifyClientCert})))
	shop.RegisterShopServer(grpcServer, &server{orders: []order{
		{"1", "alice", "tea", 2}, {"2", "alice", "cup", 1}, {"3", "bob", "pot", 1}}})
	listener := must(net.Listen("tcp", *listen))
	port := listener.Addr().(*net.TCPAddr).Port
	if *portFile != "" {
		if err := os.WriteFile(*portFile, fmt.Appendln(nil, port), 0o644); err != nil {
			log.Fatal(err)
		}
	}
	go func() {
		<-ctx.Done()
		grpcServer.Stop()
	}()
	if err := grpcServer.Serve(listener); err != nil {
		log.Fatal(err)
	}
}
