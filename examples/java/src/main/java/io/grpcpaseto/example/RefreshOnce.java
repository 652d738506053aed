package io.grpcpaseto.example;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * Makes a unary call that was refused as UNAUTHENTICATED once more, with a newer token. Streams are not repeated: what has
 * been said on them is the caller's to say again. Copy this file beside TokenKeeper.
 */
public record RefreshOnce(TokenKeeper keeper) implements ClientInterceptor {
  @Override
  public <Q, A> ClientCall<Q, A> interceptCall(MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
    if (method.getType() != MethodType.UNARY) return next.newCall(method, options);
    Executor executor = options.getExecutor() == null ? Runnable::run : options.getExecutor();
    return new Call<>(keeper, executor, () -> next.newCall(method, options));
  }

  private static final class Call<Q, A> extends SimpleForwardingClientCall<Q, A> {
    private final TokenKeeper keeper;
    private final Executor executor; // a blocking stub waits on its own, and hears nothing from another thread
    private final Supplier<ClientCall<Q, A>> calls;
    private final String before;
    private volatile ClientCall<Q, A> again;
    private Q message;

    Call(TokenKeeper keeper, Executor executor, Supplier<ClientCall<Q, A>> calls) {
      super(calls.get());
      this.keeper = keeper;
      this.executor = executor;
      this.calls = calls;
      before = keeper.current();
    }

    @Override
    public void start(Listener<A> listener, Metadata headers) {
      Metadata unsent = new Metadata();
      unsent.merge(headers);
      super.start(new SimpleForwardingClientCallListener<>(listener) {
        @Override
        public void onClose(Status status, Metadata trailers) {
          if (status.getCode() != Status.Code.UNAUTHENTICATED) {
            super.onClose(status, trailers);
            return;
          }
          keeper.token(before).whenCompleteAsync((token, failure) -> {
            if (failure == null) repeat(listener, unsent);
            else super.onClose(status, trailers);
          }, executor);
        }
      }, headers);
    }

    private void repeat(Listener<A> listener, Metadata headers) {
      again = calls.get();
      again.start(listener, headers);
      again.request(2);
      again.sendMessage(message);
      again.halfClose();
    }

    @Override
    public void sendMessage(Q sent) {
      message = sent;
      super.sendMessage(sent);
    }

    @Override
    public void cancel(String reason, Throwable cause) {
      if (again != null) again.cancel(reason, cause);
      super.cancel(reason, cause);
    }
  }
}
