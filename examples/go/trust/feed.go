package trust

import (
	"context"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"aidanwoods.dev/go-paseto"
	"google.golang.org/grpc"

	pb "shop.example/gen/pasetov1"
)

// Follow keeps a Set current from the feed until ctx is done, and gives it once it holds keys and revocations. The
// connection carries the client token of a client that may watch. A broken stream is resumed where it stopped.
// An empty issuer means that of the feed.
func Follow(ctx context.Context, conn grpc.ClientConnInterface, issuer string) (*Set, error) {
	f := &follower{set: NewSet(issuer), feed: pb.NewTrustFeedClient(conn), position: &pb.FeedPosition{},
		verifier: fmt.Sprintf("%016x", rand.Uint64())}
	go f.run(ctx)
	for {
		changed := f.set.Changed()
		if f.set.Fresh() {
			return f.set, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(10 * time.Second):
			return nil, fmt.Errorf("no trust came from the feed: %w", f.lastError)
		}
	}
}

type follower struct {
	set       *Set
	feed      pb.TrustFeedClient
	position  *pb.FeedPosition
	verifier  string // tells this verifier apart from others with the same client token
	keys      int64  // the version of the key set
	snapshot  []*pb.Revocation
	lastError error
}

func (f *follower) run(ctx context.Context) {
	for pause := 100 * time.Millisecond; ctx.Err() == nil; pause = min(2*pause, 5*time.Second) {
		if received, err := f.stream(ctx); received {
			pause = 100 * time.Millisecond
		} else {
			f.set.change(func() { f.lastError = err })
		}
		select { // what is held stays in force until it is stale
		case <-time.After(time.Duration(float64(pause) * (0.8 + 0.4*rand.Float64()))):
		case <-ctx.Done():
		}
	}
}

func (f *follower) stream(ctx context.Context) (received bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	watch, err := f.feed.Watch(ctx)
	if err != nil {
		return false, err
	}
	f.snapshot = nil
	for err = watch.Send(&pb.WatchRequest{Position: f.position, VerifierId: f.verifier}); err == nil; received = true {
		message, failed := watch.Recv()
		if failed != nil {
			return received, failed
		}
		var applied bool
		f.set.change(func() { applied, err = f.apply(message) })
		if applied && err == nil {
			err = watch.Send(&pb.WatchRequest{Position: f.position, KeySetVersion: f.keys})
		}
	}
	return received, err
}

func (f *follower) apply(message *pb.WatchResponse) (applied bool, err error) {
	switch event := message.Event.(type) {
	case *pb.WatchResponse_Keys:
		f.keys = event.Keys.Version
		return true, f.takeKeys(event.Keys)
	case *pb.WatchResponse_Snapshot:
		f.snapshot = append(f.snapshot, event.Snapshot.Revocations...)
		if !event.Snapshot.Last {
			return false, nil
		}
		if err := f.set.replaceAll(f.snapshot); err != nil {
			return false, err
		}
		f.position = event.Snapshot.Position
		return true, nil
	case *pb.WatchResponse_Changes:
		if err := f.set.add(event.Changes.Revocations); err != nil {
			return false, err
		}
		f.position = event.Changes.Position
		if event.Changes.AsOf != nil {
			f.confirm(event.Changes.AsOf.AsTime())
		}
		return true, nil
	case *pb.WatchResponse_Heartbeat:
		f.confirm(event.Heartbeat.AsOf.AsTime())
		return false, nil
	}
	return false, fmt.Errorf("an event that this program does not know")
}

// confirm goes by tokend's clock, which also set forget_after.
func (f *follower) confirm(asOf time.Time) {
	f.set.confirmedAt = asOf
	if asOf.Sub(f.set.forgotAt) > forgetEvery {
		f.set.forget(asOf)
	}
}

func (f *follower) takeKeys(set *pb.TrustedKeySet) error {
	if f.set.issuer != "" && f.set.issuer != set.Issuer {
		return fmt.Errorf("the feed is of another issuer")
	}
	f.set.issuer = set.Issuer
	f.set.keys = map[string]paseto.V4AsymmetricPublicKey{}
	for _, one := range set.Keys {
		text, ours := strings.CutPrefix(one.Paserk, "k4.public.")
		if !ours || one.Use != pb.KeyUse_KEY_USE_ACCESS || one.State == pb.KeyState_KEY_STATE_REVOKED {
			continue
		}
		bytes, err := base64.RawURLEncoding.Strict().DecodeString(text)
		if err != nil {
			return err
		}
		if f.set.keys[one.Kid], err = paseto.NewV4AsymmetricPublicKeyFromBytes(bytes); err != nil {
			return err
		}
	}
	return nil
}
