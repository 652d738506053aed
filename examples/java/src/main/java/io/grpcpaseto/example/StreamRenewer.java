package io.grpcpaseto.example;

import io.grpc.Channel;
import io.grpc.ClientInterceptor;
import io.grpc.Metadata;
import io.grpc.StatusException;
import io.grpc.stub.MetadataUtils;
import io.grpcpaseto.v1.RenewRequest;
import io.grpcpaseto.v1.RenewResponse;
import io.grpcpaseto.v1.StreamAuthorizationGrpc;
import io.grpcpaseto.v1.StreamAuthorizationGrpc.StreamAuthorizationBlockingV2Stub;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Renews one stream, in a thread of its own, until it is closed. Give {@link #named} to the stub that opens the stream.
 * Copy this file beside TokenKeeper.
 */
public final class StreamRenewer implements AutoCloseable {
  private static final Metadata.Key<String> STREAM_ID = Metadata.Key.of("paseto-stream-id", Metadata.ASCII_STRING_MARSHALLER);

  private final TokenKeeper keeper;
  private final StreamAuthorizationBlockingV2Stub stub;
  private final RenewRequest request;
  private final Thread thread = new Thread(this::run, "stream renewer");

  /** {@code method} is that of the stream, as "/package.Service/Method"; {@code channel} leads to the same process. */
  public StreamRenewer(Channel channel, TokenKeeper keeper, String method) {
    this.keeper = keeper;
    stub = StreamAuthorizationGrpc.newBlockingV2Stub(channel).withCallCredentials(keeper);
    request = RenewRequest.newBuilder().setStreamId(UUID.randomUUID().toString()).setMethod(method).build();
    thread.setDaemon(true);
    thread.start();
  }

  /** Puts the stream's name into the metadata of the call that opens it. */
  public ClientInterceptor named() {
    Metadata metadata = new Metadata();
    metadata.put(STREAM_ID, request.getStreamId());
    return MetadataUtils.newAttachHeadersInterceptor(metadata);
  }

  private void run() {
    String under = keeper.current();
    Duration life = keeper.remainingLife();
    try {
      while (life.toMillis() > 0) {
        Thread.sleep((long) (life.toMillis() * ThreadLocalRandom.current().nextDouble(0.75, 0.85)));
        under = keeper.token(under).join();
        RenewResponse renewed = stub.renew(request);
        if (!renewed.hasRemainingLife()) return;
        life = Duration.ofSeconds(renewed.getRemainingLife().getSeconds(), renewed.getRemainingLife().getNanos());
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    } catch (StatusException | RuntimeException refused) {
      System.getLogger("paseto").log(System.Logger.Level.WARNING, "a stream is not renewed any more", refused);
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
