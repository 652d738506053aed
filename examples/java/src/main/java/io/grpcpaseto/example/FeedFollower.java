package io.grpcpaseto.example;

import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import io.grpcpaseto.v1.FeedPosition;
import io.grpcpaseto.v1.Revocation;
import io.grpcpaseto.v1.TrustFeedGrpc.TrustFeedBlockingV2Stub;
import io.grpcpaseto.v1.WatchRequest;
import io.grpcpaseto.v1.WatchResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

/**
 * Follows tokend's trust feed in a thread of its own and keeps a Trust current, within milliseconds, until it is closed. A
 * broken stream is resumed where it stopped. Copy this file beside Trust.
 */
public final class FeedFollower implements AutoCloseable {
  private static final Duration MAX_STALENESS = Duration.ofSeconds(60); // older trust is no longer relied upon
  private static final Duration FORGET_EVERY = Duration.ofSeconds(60); // between looks for what nobody needs any more
  private static final Duration START = Duration.ofSeconds(10);
  private static final long SHORTEST_PAUSE = 100; // ms before a broken stream is resumed; it doubles up to the longest
  private static final long LONGEST_PAUSE = 5000;

  private final Trust trust;
  private final TrustFeedBlockingV2Stub stub;
  private final Thread thread = new Thread(this::run, "feed follower");
  private final List<Revocation> snapshot = new ArrayList<>();
  private final String verifierId = UUID.randomUUID().toString(); // among others with the same client token
  private FeedPosition position = FeedPosition.getDefaultInstance();
  private long keySetVersion;
  private Instant forgotAt = Instant.EPOCH;
  private volatile Instant confirmedAt = Instant.EPOCH;

  /** {@code stub} carries the client token of a client that may watch. An empty issuer means that of the feed. */
  public FeedFollower(TrustFeedBlockingV2Stub stub, String issuer) throws InterruptedException, TimeoutException {
    this.stub = stub;
    trust = new Trust(issuer);
    thread.setDaemon(true);
    thread.start();
    until(known -> known.hasKeys() && confirmedAt.isAfter(Instant.EPOCH), START);
  }

  public Trust trust() {
    return trust;
  }

  /** Refuses when tokend has been silent for too long. A verifier asks this before each token. */
  public void checkFresh() throws Refused {
    if (confirmedAt.plus(MAX_STALENESS).isAfter(Instant.now())) return;
    throw new Refused("trust_stale", "keys and revocations are too old to rely on; try again later");
  }

  /** Waits until {@code condition}, asked after each change, holds. */
  public synchronized void until(Predicate<Trust> condition, Duration longest) throws InterruptedException, TimeoutException {
    Instant end = Instant.now().plus(longest);
    while (!condition.test(trust)) {
      long left = Duration.between(Instant.now(), end).toMillis();
      if (left <= 0) throw new TimeoutException("the feed did not tell it");
      wait(left);
    }
  }

  private void run() {
    long pause = SHORTEST_PAUSE;
    try {
      while (true) {
        pause = stream() ? SHORTEST_PAUSE : Math.min(2 * pause, LONGEST_PAUSE);
        Thread.sleep((long) (pause * ThreadLocalRandom.current().nextDouble(0.8, 1.2)));
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  /** Follows one stream to its end; gives whether anything came. What is held stays in force until it is stale. */
  private boolean stream() throws InterruptedException {
    BlockingClientCall<WatchRequest, WatchResponse> call = stub.watch();
    boolean received = false;
    snapshot.clear();
    try {
      call.write(WatchRequest.newBuilder().setPosition(position).setVerifierId(verifierId).build());
      for (WatchResponse message = call.read(); message != null; message = call.read()) {
        received = true;
        if (apply(message)) {
          call.write(WatchRequest.newBuilder().setPosition(position).setKeySetVersion(keySetVersion).build());
        }
        synchronized (this) {
          notifyAll();
        }
      }
    } catch (StatusException | IllegalArgumentException broken) {
      // resumed by the caller
    } finally {
      call.cancel("another stream follows", null);
    }
    return received;
  }

  /** Gives whether keys or revocations were applied, which tokend wants to hear. */
  private boolean apply(WatchResponse message) {
    switch (message.getEventCase()) {
      case KEYS -> {
        trust.takeKeys(message.getKeys());
        keySetVersion = message.getKeys().getVersion();
      }
      case SNAPSHOT -> {
        snapshot.addAll(message.getSnapshot().getRevocationsList());
        if (!message.getSnapshot().getLast()) return false;
        trust.replaceAll(snapshot);
        snapshot.clear();
        position = message.getSnapshot().getPosition();
      }
      case CHANGES -> {
        trust.add(message.getChanges().getRevocationsList());
        position = message.getChanges().getPosition();
        if (message.getChanges().hasAsOf()) confirm(Trust.instant(message.getChanges().getAsOf()));
      }
      case HEARTBEAT -> {
        confirm(Trust.instant(message.getHeartbeat().getAsOf()));
        return false;
      }
      default -> throw new IllegalArgumentException("an event that this program does not know");
    }
    return true;
  }

  private void confirm(Instant asOf) {
    confirmedAt = asOf;
    if (asOf.isBefore(forgotAt.plus(FORGET_EVERY))) return;
    forgotAt = asOf; // tokend's clock, which also set forget_after
    trust.forget(asOf);
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
