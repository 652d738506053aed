package io.grpcpaseto.example;

import io.grpc.CallCredentials;
import io.grpc.Metadata;
import io.grpc.SecurityLevel;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.grpcpaseto.v1.IssuedToken;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.UnaryOperator;

/**
 * Keeps the access token of one session good, for grpc-java clients. Copy this file into your code base.
 *
 * <pre>{@code
 * TokenKeeper keeper = new TokenKeeper(pair, refresh);
 * ShopBlockingV2Stub shop = ShopGrpc.newBlockingV2Stub(channel).withCallCredentials(keeper);
 * GetOrderResponse order = keeper.refreshOnce(() -> shop.getOrder(request));
 * }</pre>
 *
 * It refreshes ahead, at a random 80 to 90 % of a token's life, when a call needs one; one refresh at a time: calls that
 * come meanwhile use the old token while it is good, and wait for the new one then. {@link #refreshOnce} makes a unary call
 * that is refused once more; StreamRenewer renews an open stream. grpc-java would send credentials on a plaintext channel,
 * too: this class refuses to. All methods may be called from several threads.
 */
public final class TokenKeeper extends CallCredentials {
  static final Metadata.Key<String> AUTHORIZATION = Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  /** A token counts as expired so long before its end, or for the last tenth of its life. */
  private static final Duration LONGEST_MARGIN = Duration.ofSeconds(30);

  /** Without another attempt, while the old token is still good. */
  private static final Duration PAUSE_AFTER_FAILURE = Duration.ofSeconds(1);

  /** What IssueResponse and RefreshResponse have in common. Both tokens are secrets. */
  public record Pair(IssuedToken access, IssuedToken refresh) {
    Instant end() {
      return Instant.ofEpochSecond(access.getExpiresAt().getSeconds(), access.getExpiresAt().getNanos());
    }
  }

  /** A unary call on a blocking stub, of whichever generation. */
  public interface UnaryCall<A> {
    A make() throws StatusException;
  }

  private final UnaryOperator<Pair> refresh;
  private Pair pair;
  private Instant goodUntil;
  private Instant dueAt;
  private CompletableFuture<String> flight;

  /** {@code refresh} trades a pair for the next one; whoever keeps pairs beyond the process saves the new one there. */
  public TokenKeeper(Pair pair, UnaryOperator<Pair> refresh) {
    this.refresh = refresh;
    take(pair);
  }

  private void take(Pair newer) {
    Instant now = Instant.now();
    Duration life = Duration.between(now, newer.end());
    Duration tenth = life.dividedBy(10);
    pair = newer;
    goodUntil = newer.end().minus(tenth.compareTo(LONGEST_MARGIN) < 0 ? tenth : LONGEST_MARGIN);
    dueAt = now.plusMillis((long) (life.toMillis() * ThreadLocalRandom.current().nextDouble(0.8, 0.9)));
  }

  /** The newest access token, whatever its age. */
  public synchronized String current() {
    return pair.access().getToken();
  }

  public synchronized Duration remainingLife() {
    return Duration.between(Instant.now(), pair.end());
  }

  /** The access token for the next call; {@code refused} is one that a server did not take, or null. */
  public synchronized CompletableFuture<String> token(String refused) {
    Instant now = Instant.now();
    boolean usable = now.isBefore(goodUntil) && !current().equals(refused);
    if ((!usable || now.isAfter(dueAt)) && flight == null) {
      Pair used = pair;
      flight = CompletableFuture.supplyAsync(() -> fly(used));
    }
    return usable ? CompletableFuture.completedFuture(current()) : flight;
  }

  private String fly(Pair used) {
    Pair newer = null;
    try {
      newer = refresh.apply(used);
    } finally {
      landed(newer);
    }
    return newer.access().getToken();
  }

  private synchronized void landed(Pair newer) {
    flight = null;
    if (newer == null) dueAt = Instant.now().plus(PAUSE_AFTER_FAILURE);
    else take(newer);
  }

  /**
   * Makes a call that is refused as UNAUTHENTICATED once more, with a newer token; when none is to be had, the first refusal
   * stands. For unary calls only: what has been said on a stream is the caller's to say again.
   */
  public <A> A refreshOnce(UnaryCall<A> call) throws StatusException {
    String before = current();
    try {
      return call.make();
    } catch (StatusException | StatusRuntimeException refused) {
      if (Status.fromThrowable(refused).getCode() != Status.Code.UNAUTHENTICATED) throw refused;
      String newer = token(before).exceptionally(failure -> null).join();
      if (newer == null) throw refused;
      return call.make();
    }
  }

  @Override
  public void applyRequestMetadata(RequestInfo call, Executor executor, MetadataApplier applier) {
    if (call.getSecurityLevel() != SecurityLevel.PRIVACY_AND_INTEGRITY) {
      applier.fail(Status.UNAUTHENTICATED.withDescription("a token travels on TLS only"));
      return;
    }
    token(null).whenComplete((token, failure) -> {
      if (failure == null) applier.apply(bearer(token));
      else applier.fail(Status.fromThrowable(failure));
    });
  }

  static Metadata bearer(String token) {
    Metadata metadata = new Metadata();
    metadata.put(AUTHORIZATION, "Bearer " + token);
    return metadata;
  }
}
