package credentials

import (
	"context"
	"math/rand/v2"
	"time"

	"google.golang.org/grpc"

	pb "shop.example/gen/pasetov1"
)

// KeepAlive renews the stream that was opened with "paseto-stream-id: id" in its metadata until ctx is done, with calls
// over a connection that carries this keeper's tokens. It returns when the stream needs no renewal, or has none.
func (k *Keeper) KeepAlive(ctx context.Context, conn grpc.ClientConnInterface, id, method string) error {
	under, life := k.Current()
	for life > 0 {
		select {
		case <-time.After(time.Duration(float64(life) * (0.75 + 0.1*rand.Float64()))):
		case <-ctx.Done():
			return nil
		}
		newer, err := k.Token(ctx, under)
		if err != nil {
			return err
		}
		under = newer
		renewed, err := pb.NewStreamAuthorizationClient(conn).Renew(ctx, &pb.RenewRequest{StreamId: id, Method: method})
		if err != nil || renewed.GetRemainingLife() == nil {
			return err
		}
		life = renewed.GetRemainingLife().AsDuration()
	}
	return nil
}
