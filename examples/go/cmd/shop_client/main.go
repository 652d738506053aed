// shop_client is a client of tokend and of the guarded shop: each scenario is one thing that such a client does, or must
// expect. It prints "scenario<tab>outcome" for each: OK and what came, or the gRPC code and the reason.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	tokens "shop.example/credentials"
	pb "shop.example/gen/pasetov1"
	"shop.example/gen/shop"
	"shop.example/trust"
)

const audience = "shop"

// client has the connections that the scenarios share.
type client struct {
	shopAddress    string
	forgedFolder   string
	tls, mutualTLS credentials.TransportCredentials
	otherTLS       credentials.TransportCredentials
	tokend         *grpc.ClientConn
	service        pb.TokenServiceClient
	byCertificate  pb.TokenServiceClient
	refreshes      atomic.Int32
}

type session struct {
	subject string
	life    time.Duration
	scopes  []string
}

func alice() session { return session{"alice", 10 * time.Minute, []string{"orders:read"}} }

func (c *client) pair(ctx context.Context, of session) (*pb.IssueResponse, error) {
	return c.service.Issue(ctx, &pb.IssueRequest{Subject: of.subject, Audiences: []string{audience}, Scopes: of.scopes,
		Lifetime: durationpb.New(of.life), Fresh: true, WithRefreshToken: true, CustomClaimsJson: `{"tenant":"blue"}`})
}

func (c *client) single(ctx context.Context, audience, kind string, life time.Duration) (string, error) {
	answer, err := c.service.Issue(ctx, &pb.IssueRequest{
		Subject: "alice", Audiences: []string{audience}, Type: kind, Lifetime: durationpb.New(life)})
	return answer.GetAccessToken().GetToken(), err
}

// bound is asked for over mutual TLS, without a client token; it is good over this client's certificate only.
func (c *client) bound(ctx context.Context) (string, error) {
	answer, err := c.byCertificate.Issue(ctx, &pb.IssueRequest{
		Subject: "alice", Audiences: []string{audience}, Scopes: []string{"orders:read"}})
	return answer.GetAccessToken().GetToken(), err
}

func (c *client) refresh(ctx context.Context, refreshToken string) (tokens.Pair, error) {
	c.refreshes.Add(1)
	return c.service.Refresh(ctx, &pb.RefreshRequest{RefreshToken: refreshToken})
}

func (c *client) revoke(ctx context.Context, token string, wholeSession bool) error {
	_, err := c.service.Revoke(ctx, &pb.RevokeRequest{
		Target: &pb.RevokeRequest_Token{Token: token}, WholeSession: wholeSession})
	return err
}

// signedIn gives a keeper and a connection to the shop that always carries its token.
func (c *client) signedIn(ctx context.Context, of session) (*tokens.Keeper, *grpc.ClientConn, shop.ShopClient, error) {
	pair, err := c.pair(ctx, of)
	if err != nil {
		return nil, nil, nil, err
	}
	keeper := tokens.NewKeeper(pair, c.refresh)
	conn, err := grpc.NewClient(c.shopAddress, grpc.WithTransportCredentials(c.mutualTLS),
		grpc.WithPerRPCCredentials(keeper), grpc.WithUnaryInterceptor(keeper.RefreshOnce))
	return keeper, conn, shop.NewShopClient(conn), err
}

// stranger is a caller with one fixed token, or none.
func (c *client) stranger(tls credentials.TransportCredentials, token string) (shop.ShopClient, error) {
	options := []grpc.DialOption{grpc.WithTransportCredentials(tls)}
	if token != "" {
		options = append(options, grpc.WithPerRPCCredentials(tokens.Fixed(token)))
	}
	conn, err := grpc.NewClient(c.shopAddress, options...)
	return shop.NewShopClient(conn), err
}

var reason = regexp.MustCompile(`^[a-z_]+$`)

func outcome(answer string, err error) string {
	var refused *trust.Refused
	if errors.As(err, &refused) {
		return "REFUSED " + refused.Reason
	}
	if err == nil {
		return strings.TrimSpace("OK " + answer)
	}
	failed := status.Convert(err)
	text, _, _ := strings.Cut(failed.Message(), ":")
	if !reason.MatchString(text) {
		text = ""
	}
	return strings.TrimSpace(code.Code(failed.Code()).String() + " " + text)
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func main() {
	tokend := flag.String("tokend", "", "tokend's address")
	shopAddress := flag.String("shop", "", "the shop's address")
	ca := flag.String("ca", "", "PEM authorities of both")
	certificate := flag.String("certificate", "", "PEM client certificate, for the shop")
	privateKey := flag.String("private-key", "", "its key")
	otherCertificate := flag.String("other-certificate", "", "PEM certificate of another client")
	otherPrivateKey := flag.String("other-private-key", "", "its key")
	tokenFile := flag.String("token-file", "", "the client token, for tokend")
	forged := flag.String("forged", "forged", "a folder of tokens that must be refused")
	flag.Parse()

	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(must(os.ReadFile(*ca)))
	c := &client{shopAddress: *shopAddress, forgedFolder: *forged, tls: credentials.NewTLS(&tls.Config{RootCAs: pool})}
	with := func(certificate, privateKey string) credentials.TransportCredentials {
		pair := must(tls.LoadX509KeyPair(certificate, privateKey))
		return credentials.NewTLS(&tls.Config{RootCAs: pool, Certificates: []tls.Certificate{pair}})
	}
	c.mutualTLS, c.otherTLS = with(*certificate, *privateKey), with(*otherCertificate, *otherPrivateKey)
	c.byCertificate = pb.NewTokenServiceClient(must(grpc.NewClient(*tokend, grpc.WithTransportCredentials(c.mutualTLS))))
	token := strings.TrimSpace(string(must(os.ReadFile(*tokenFile))))
	c.tokend = must(grpc.NewClient(*tokend, grpc.WithTransportCredentials(c.tls),
		grpc.WithPerRPCCredentials(tokens.Fixed(token))))
	c.service = pb.NewTokenServiceClient(c.tokend)

	names := flag.Args()
	if len(names) == 0 {
		for name := range scenarios {
			names = append(names, name)
		}
	}
	for _, name := range names {
		run, known := scenarios[name]
		if !known {
			fmt.Printf("%s\tUNKNOWN\n", name)
			continue
		}
		ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
		fmt.Printf("%s\t%s\n", name, outcome(run(ctx, c)))
		cancel()
	}
}
