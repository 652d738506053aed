// Package credentials keeps the access token of one session good, for grpc-go clients. Copy it into your code base.
//
//	keeper := credentials.NewKeeper(pair, refresh)
//	conn, err := grpc.NewClient(target, grpc.WithTransportCredentials(tls),
//		grpc.WithPerRPCCredentials(keeper), grpc.WithUnaryInterceptor(keeper.RefreshOnce))
//
// It refreshes ahead, at a random 80 to 90 % of a token's life, when a call needs one; one refresh at a time. A unary call
// that is refused as UNAUTHENTICATED is made once more. KeepAlive renews an open stream.
package credentials

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "shop.example/gen/pasetov1"
)

// Pair is what IssueResponse and RefreshResponse have in common. Both tokens are secrets.
type Pair interface {
	GetAccessToken() *pb.IssuedToken
	GetRefreshToken() *pb.IssuedToken
}

// Refresh trades a refresh token for the next pair; whoever keeps pairs beyond the process saves the new one here.
type Refresh func(ctx context.Context, refreshToken string) (Pair, error)

const longestMargin = 30 * time.Second // a token counts as expired so long before its end, or for its last tenth
const pauseAfterFailure = time.Second  // without another attempt, while the old token is still good
const refreshTimeout = 10 * time.Second

// Keeper gives the token for each call. All methods may be called from several goroutines.
type Keeper struct {
	refresh          Refresh
	mu               sync.Mutex
	pair             Pair
	goodUntil, dueAt time.Time
	flight           *flight // the refresh under way, or nil
}

type flight struct {
	done chan struct{}
	err  error
}

// NewKeeper begins with the answer of Issue.
func NewKeeper(pair Pair, refresh Refresh) *Keeper {
	k := &Keeper{refresh: refresh}
	k.take(pair)
	return k
}

func (k *Keeper) take(pair Pair) {
	k.pair = pair
	life := time.Until(pair.GetAccessToken().GetExpiresAt().AsTime())
	k.goodUntil = time.Now().Add(life - min(longestMargin, life/10))
	k.dueAt = time.Now().Add(time.Duration(float64(life) * (0.8 + 0.1*rand.Float64())))
}

// Current is the newest access token, whatever its age, and how long it still lives.
func (k *Keeper) Current() (string, time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	access := k.pair.GetAccessToken()
	return access.GetToken(), time.Until(access.GetExpiresAt().AsTime())
}

// Token gives an access token other than `refused`, one that a server did not take (or "").
func (k *Keeper) Token(ctx context.Context, refused string) (string, error) {
	k.mu.Lock()
	token, now := k.pair.GetAccessToken().GetToken(), time.Now()
	usable := now.Before(k.goodUntil) && token != refused
	if (!usable || now.After(k.dueAt)) && k.flight == nil {
		k.flight = &flight{done: make(chan struct{})}
		go k.fly(k.flight, k.pair.GetRefreshToken().GetToken())
	}
	flight := k.flight
	k.mu.Unlock()
	if usable {
		return token, nil
	}
	select {
	case <-flight.done:
	case <-ctx.Done():
		return "", status.FromContextError(ctx.Err()).Err()
	}
	token, _ = k.Current()
	return token, flight.err
}

// fly belongs to no call: one that gives up does not end it for the others.
func (k *Keeper) fly(flight *flight, refreshToken string) {
	ctx, cancel := context.WithTimeout(context.Background(), refreshTimeout)
	defer cancel()
	pair, err := k.refresh(ctx, refreshToken)
	k.mu.Lock()
	defer k.mu.Unlock()
	if err == nil {
		k.take(pair)
	} else {
		k.dueAt = time.Now().Add(pauseAfterFailure)
	}
	flight.err, k.flight = err, nil
	close(flight.done)
}

// GetRequestMetadata implements credentials.PerRPCCredentials for every kind of call.
func (k *Keeper) GetRequestMetadata(ctx context.Context, _ ...string) (map[string]string, error) {
	token, err := k.Token(ctx, "")
	return map[string]string{"authorization": "Bearer " + token}, err
}

// RequireTransportSecurity: the token travels on TLS only.
func (k *Keeper) RequireTransportSecurity() bool { return true }

// RefreshOnce is a grpc.UnaryClientInterceptor. Streams are not repeated: what was said on them is the caller's to say.
func (k *Keeper) RefreshOnce(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn,
	invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
	before, _ := k.Current()
	err := invoke(ctx, method, request, reply, conn, options...)
	if status.Code(err) != codes.Unauthenticated {
		return err
	}
	if _, failed := k.Token(ctx, before); failed == nil {
		err = invoke(ctx, method, request, reply, conn, options...)
	}
	return err
}
