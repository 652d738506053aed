package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "shop.example/gen/pasetov1"
	"shop.example/gen/shop"
	"shop.example/trust"
)

type scenario func(ctx context.Context, c *client) (string, error)

var scenarios = map[string]scenario{
	"products_without_token": func(ctx context.Context, c *client) (string, error) {
		stub, _ := c.stranger(c.mutualTLS, "")
		answer, err := stub.ListProducts(ctx, &shop.ListProductsRequest{})
		return strings.Join(answer.GetProducts(), " "), err
	},
	"call_without_certificate": func(ctx context.Context, c *client) (string, error) {
		stub, _ := c.stranger(c.tls, "")
		_, err := stub.ListProducts(ctx, &shop.ListProductsRequest{})
		return "", err
	},
	"order_without_token": func(ctx context.Context, c *client) (string, error) { return orderWith(ctx, c, "", nil) },
	"order": func(ctx context.Context, c *client) (string, error) {
		_, _, stub, err := c.signedIn(ctx, alice())
		if err != nil {
			return "", err
		}
		return firstOrder(ctx, stub)
	},
	"order_without_scope": func(ctx context.Context, c *client) (string, error) {
		_, _, stub, err := c.signedIn(ctx, session{"alice", time.Minute, nil})
		if err != nil {
			return "", err
		}
		return firstOrder(ctx, stub)
	},
	"order_for_another_audience": func(ctx context.Context, c *client) (string, error) {
		token, err := c.single(ctx, "billing", "access", time.Minute)
		return orderWith(ctx, c, token, err)
	},
	"order_with_custom_type": func(ctx context.Context, c *client) (string, error) {
		token, err := c.single(ctx, audience, "email-verify", time.Minute)
		return orderWith(ctx, c, token, err)
	},
	"order_by_certificate": func(ctx context.Context, c *client) (string, error) {
		token, err := c.bound(ctx)
		return orderWith(ctx, c, token, err)
	},
	"order_with_another_certificate": func(ctx context.Context, c *client) (string, error) {
		token, err := c.bound(ctx)
		if err != nil {
			return "", err
		}
		stub, _ := c.stranger(c.otherTLS, token)
		return firstOrder(ctx, stub)
	},
	"order_after_revocation": func(ctx context.Context, c *client) (string, error) {
		pair, err := revokedPair(ctx, c)
		if err != nil {
			return "", err
		}
		return "", refusal(ctx, c, pair.AccessToken.Token)
	},
	// The refresh is refused, too: the call's own refusal stands, and somebody has to sign in again.
	"order_when_session_ended": func(ctx context.Context, c *client) (string, error) {
		keeper, _, stub, err := c.signedIn(ctx, alice())
		if err != nil {
			return "", err
		}
		token, _ := keeper.Current()
		if err := c.revoke(ctx, token, true); err != nil {
			return "", err
		}
		_ = refusal(ctx, c, token)
		return firstOrder(ctx, stub)
	},
	"server_stream": func(ctx context.Context, c *client) (string, error) {
		stream, _, err := watch(ctx, c, alice())
		if err != nil {
			return "", err
		}
		event, err := stream.Recv()
		return event.GetOrderId(), err
	},
	"stream_expires": func(ctx context.Context, c *client) (string, error) {
		stream, _, err := watch(ctx, c, session{"alice", time.Second, []string{"orders:read"}})
		for err == nil {
			_, err = stream.Recv()
		}
		return "", err
	},
	"stream_revoked": func(ctx context.Context, c *client) (string, error) {
		stream, token, err := watch(ctx, c, alice())
		if err == nil {
			_, err = stream.Recv()
		}
		if err == nil {
			err = c.revoke(ctx, token, true)
		}
		for err == nil {
			_, err = stream.Recv()
		}
		return "", err
	},
	"two_way_stream": func(ctx context.Context, c *client) (string, error) {
		_, _, stub, err := c.signedIn(ctx, alice())
		if err != nil {
			return "", err
		}
		stream, err := stub.Chat(ctx)
		if err != nil {
			return "", err
		}
		return say(stream, "hello")
	},
	"stream_renewed":              streamRenewed,
	"refreshed_ahead":             refreshedAhead,
	"refreshed_once_when_refused": refreshedOnceWhenRefused,
	"not_fresh_after_refresh": func(ctx context.Context, c *client) (string, error) {
		first, err := c.pair(ctx, session{"carol", time.Minute, nil})
		if err != nil {
			return "", err
		}
		second, err := c.refresh(ctx, first.RefreshToken.Token)
		if err != nil {
			return "", err
		}
		stub, _ := c.stranger(c.mutualTLS, second.GetAccessToken().Token)
		_, err = stub.DeleteAccount(ctx, &shop.DeleteAccountRequest{})
		return "", err
	},
	"old_refresh_token_again": func(ctx context.Context, c *client) (string, error) {
		_, err := reuse(ctx, c)
		return "", err
	},
	"session_after_reuse": func(ctx context.Context, c *client) (string, error) {
		newest, _ := reuse(ctx, c)
		_, err := c.refresh(ctx, newest)
		return "", err
	},
	"issue_without_subject": func(ctx context.Context, c *client) (string, error) {
		_, err := c.service.Issue(ctx, &pb.IssueRequest{Audiences: []string{audience}})
		return "", err
	},
	"issue_for_forbidden_audience": func(ctx context.Context, c *client) (string, error) {
		return c.single(ctx, "payroll", "access", time.Minute)
	},
	"keys_for_anyone": func(ctx context.Context, c *client) (string, error) {
		answer, err := pb.NewTrustFeedClient(c.tokend).GetKeys(ctx, &pb.GetKeysRequest{})
		var kinds []string
		for _, key := range answer.GetKeySet().GetKeys() {
			kinds = append(kinds, key.Paserk[:strings.LastIndex(key.Paserk, ".")])
		}
		slices.Sort(kinds)
		return strings.Join(slices.Compact(kinds), " "), err
	},
	"feed_tells_revocation": func(ctx context.Context, c *client) (string, error) {
		set, err := trust.Follow(ctx, c.tokend, "")
		if err != nil {
			return "", err
		}
		pair, err := revokedPair(ctx, c)
		if err != nil {
			return "", err
		}
		return "", told(ctx, set, pair.SessionId)
	},
	"offline_good": func(ctx context.Context, c *client) (string, error) {
		pair, err := c.pair(ctx, alice())
		if err != nil {
			return "", err
		}
		claims, err := offline(ctx, c, pair.AccessToken.Token, 0)
		if err != nil {
			return "", err
		}
		return claims.Subject + " " + strings.Trim(string(claims.Custom["tenant"]), `"`), nil
	},
	"offline_wrong_audience": func(ctx context.Context, c *client) (string, error) {
		token, err := c.single(ctx, "billing", "access", time.Minute)
		return offlineRefusal(ctx, c, token, 0, err)
	},
	"offline_wrong_type": func(ctx context.Context, c *client) (string, error) {
		token, err := c.single(ctx, audience, "email-verify", time.Minute)
		return offlineRefusal(ctx, c, token, 0, err)
	},
	"offline_expired": func(ctx context.Context, c *client) (string, error) {
		token, err := c.single(ctx, audience, "access", time.Second)
		return offlineRefusal(ctx, c, token, 2*time.Second, err)
	},
	"offline_bound": func(ctx context.Context, c *client) (string, error) {
		token, err := c.bound(ctx)
		return offlineRefusal(ctx, c, token, 0, err)
	},
	"offline_changed": func(ctx context.Context, c *client) (string, error) {
		token, err := c.single(ctx, audience, "access", time.Minute)
		middle := len(token) / 3
		other := map[bool]string{true: "A", false: "B"}[token[middle] != 'A']
		return offlineRefusal(ctx, c, token[:middle]+other+token[middle+1:], 0, err)
	},
	// Two revocations, one that may be forgotten: a follower that never forgets only ever grows.
	"revocations_forgotten": func(context.Context, *client) (string, error) {
		set, now, held := trust.NewSet(""), time.Now(), []string{}
		for _, after := range []int{-1, 60} {
			if err := set.Add(&pb.Revocation{Kind: pb.RevocationKind_REVOCATION_KIND_SESSION, Id: fmt.Sprint(after),
				ForgetAfter: timestamppb.New(now.Add(time.Duration(after) * time.Second))}); err != nil {
				return "", err
			}
		}
		set.Forget(now)
		for _, id := range []string{"-1", "60"} {
			if set.RevokedSession(id) {
				held = append(held, id)
			}
		}
		return strings.Join(held, " "), nil
	},
	// From a tokend that is newer than this program: what was known before stays in force.
	"revocation_of_unknown_kind": func(context.Context, *client) (string, error) {
		set := trust.NewSet("")
		err := set.Add(&pb.Revocation{Kind: pb.RevocationKind_REVOCATION_KIND_SESSION, Id: "1"})
		switch {
		case err != nil:
			return "", err
		case set.ReplaceAll(&pb.Revocation{Kind: 99}) == nil:
			return "taken", nil
		case set.RevokedSession("1"):
			return "held", nil
		}
		return "lost", nil
	},
	"offline_revoked": func(ctx context.Context, c *client) (string, error) {
		set, err := trust.Follow(ctx, c.tokend, "")
		if err != nil {
			return "", err
		}
		pair, err := revokedPair(ctx, c)
		if err == nil {
			err = told(ctx, set, pair.SessionId)
		}
		if err == nil {
			_, err = set.Verify(pair.AccessToken.Token, audience, "access", nil, time.Now())
		}
		return "", err
	},
}

// What the shop and this program's own verification say to tokens that tests/polyglot forged.
func init() {
	for _, name := range []string{"repeated_name", "no_expiry", "another_issuer", "unknown_key"} {
		read := func(c *client) (string, error) {
			token, err := os.ReadFile(filepath.Join(c.forgedFolder, name+".token"))
			return string(token), err
		}
		scenarios["order_"+name] = func(ctx context.Context, c *client) (string, error) {
			token, err := read(c)
			return orderWith(ctx, c, token, err)
		}
		scenarios["offline_"+name] = func(ctx context.Context, c *client) (string, error) {
			token, err := read(c)
			return offlineRefusal(ctx, c, token, 0, err)
		}
	}
}

func firstOrder(ctx context.Context, stub shop.ShopClient) (string, error) {
	answer, err := stub.GetOrder(ctx, &shop.GetOrderRequest{OrderId: "1"})
	return answer.GetProduct(), err
}

func orderWith(ctx context.Context, c *client, token string, err error) (string, error) {
	if err != nil {
		return "", err
	}
	stub, err := c.stranger(c.mutualTLS, token)
	if err != nil {
		return "", err
	}
	return firstOrder(ctx, stub)
}

func watch(ctx context.Context, c *client, of session) (grpc.ServerStreamingClient[shop.WatchOrdersResponse], string, error) {
	keeper, _, stub, err := c.signedIn(ctx, of)
	if err != nil {
		return nil, "", err
	}
	token, _ := keeper.Current()
	stream, err := stub.WatchOrders(ctx, &shop.WatchOrdersRequest{})
	return stream, token, err
}

func say(stream grpc.BidiStreamingClient[shop.ChatRequest, shop.ChatResponse], text string) (string, error) {
	_ = stream.Send(&shop.ChatRequest{Text: text}) // when it fails, Recv says why
	answer, err := stream.Recv()
	return answer.GetText(), err
}

func streamRenewed(ctx context.Context, c *client) (string, error) {
	keeper, conn, stub, err := c.signedIn(ctx, session{"alice", 10 * time.Second, nil})
	if err != nil {
		return "", err
	}
	first, _ := keeper.Current()
	ctx, cancel := context.WithCancel(metadata.AppendToOutgoingContext(ctx, "paseto-stream-id", "talk"))
	defer cancel()
	stream, err := stub.Chat(ctx)
	go keeper.KeepAlive(ctx, conn, "talk", "/examples.shop.v1.Shop/Chat")
	for opened := time.Now(); err == nil && time.Since(opened) < 11*time.Second; { // longer than the first token lives
		_, err = say(stream, "still here")
		time.Sleep(200 * time.Millisecond)
	}
	if last, _ := keeper.Current(); last == first {
		return "never refreshed", err
	}
	return "renewed", err
}

// together makes 8 calls at once and counts the refreshes.
func together(ctx context.Context, c *client, stub shop.ShopClient) (string, error) {
	before, done := c.refreshes.Load(), make(chan error)
	for range 8 {
		go func() {
			_, err := firstOrder(ctx, stub)
			done <- err
		}()
	}
	var failed error
	for range 8 {
		if err := <-done; err != nil {
			failed = err
		}
	}
	return fmt.Sprintf("%d refresh", c.refreshes.Load()-before), failed
}

func refreshedAhead(ctx context.Context, c *client) (string, error) {
	_, _, stub, err := c.signedIn(ctx, session{"alice", 2 * time.Second, []string{"orders:read"}})
	if err != nil {
		return "", err
	}
	time.Sleep(1850 * time.Millisecond) // over 90 % of its life, and not expired
	return together(ctx, c, stub)
}

func refreshedOnceWhenRefused(ctx context.Context, c *client) (string, error) {
	keeper, _, stub, err := c.signedIn(ctx, alice())
	if err != nil {
		return "", err
	}
	token, _ := keeper.Current() // revoked alone: the session lives on
	if err := c.revoke(ctx, token, false); err != nil {
		return "", err
	}
	_ = refusal(ctx, c, token)
	return together(ctx, c, stub)
}

// refusal calls until the news has reached the shop, and gives its refusal.
func refusal(ctx context.Context, c *client, token string) error {
	for {
		_, err := orderWith(ctx, c, token, nil)
		if strings.HasPrefix(status.Convert(err).Message(), "token_revoked") || ctx.Err() != nil {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func revokedPair(ctx context.Context, c *client) (*pb.IssueResponse, error) {
	pair, err := c.pair(ctx, alice())
	if err == nil {
		_, err = c.service.Revoke(ctx, &pb.RevokeRequest{Target: &pb.RevokeRequest_SessionId{SessionId: pair.SessionId}})
	}
	return pair, err
}

// told waits until the feed has told that the session is revoked.
func told(ctx context.Context, set *trust.Set, session string) error {
	for {
		changed := set.Changed()
		if set.RevokedSession(session) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// reuse uses the first refresh token of a session again after two refreshes; gives the newest one and the refusal.
func reuse(ctx context.Context, c *client) (string, error) {
	first, err := c.pair(ctx, alice())
	if err != nil {
		return "", err
	}
	second, err := c.refresh(ctx, first.RefreshToken.Token)
	if err != nil {
		return "", err
	}
	third, err := c.refresh(ctx, second.GetRefreshToken().Token)
	if err != nil {
		return "", err
	}
	_, err = c.refresh(ctx, first.RefreshToken.Token)
	return third.GetRefreshToken().Token, err
}

// offline verifies with the public keys alone, as if `later` had passed. A service keeps one Set, as shop_server does.
func offline(ctx context.Context, c *client, token string, later time.Duration) (*trust.Claims, error) {
	set, err := trust.Follow(ctx, c.tokend, "")
	if err != nil {
		return nil, err
	}
	return set.Verify(token, audience, "access", nil, time.Now().Add(later))
}

func offlineRefusal(ctx context.Context, c *client, token string, later time.Duration, err error) (string, error) {
	if err == nil {
		_, err = offline(ctx, c, token, later)
	}
	return "", err
}
