package io.grpcpaseto.example;

import static io.grpcpaseto.example.Client.AUDIENCE;
import static io.grpcpaseto.example.Client.Session.ALICE;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.google.protobuf.Timestamp;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import io.grpcpaseto.example.Client.Session;
import io.grpcpaseto.example.Client.SignedIn;
import io.grpcpaseto.examples.shop.ChatRequest;
import io.grpcpaseto.examples.shop.ChatResponse;
import io.grpcpaseto.examples.shop.DeleteAccountRequest;
import io.grpcpaseto.examples.shop.GetOrderRequest;
import io.grpcpaseto.examples.shop.ListProductsRequest;
import io.grpcpaseto.examples.shop.ShopGrpc.ShopBlockingV2Stub;
import io.grpcpaseto.examples.shop.WatchOrdersRequest;
import io.grpcpaseto.examples.shop.WatchOrdersResponse;
import io.grpcpaseto.v1.GetKeysRequest;
import io.grpcpaseto.v1.IssueRequest;
import io.grpcpaseto.v1.IssueResponse;
import io.grpcpaseto.v1.Revocation;
import io.grpcpaseto.v1.RevocationKind;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Each scenario is one thing that a client of tokend and of a guarded service does, or must expect. */
final class Scenarios {
  interface Scenario {
    String run(Client client) throws Exception;
  }

  static final Map<String, Scenario> ALL = new LinkedHashMap<>();

  static {
    ALL.put("products_without_token", client -> products(client.stranger()));
    ALL.put("order_without_token", client -> order(client.stranger()));
    ALL.put("call_without_certificate", client -> products(client.strangerWithoutCertificate()));
    ALL.put("order", client -> order(client.signIn(ALICE)));
    ALL.put("order_without_scope", client -> order(client.signIn(new Session("alice", 600, List.of()))));
    ALL.put("order_for_another_audience", client -> order(client.stranger(client.single("billing", "access", 600))));
    ALL.put("order_with_custom_type", client -> order(client.stranger(client.single(AUDIENCE, "email-verify", 600))));
    ALL.put("order_by_certificate", client -> order(client.stranger(client.bound())));
    ALL.put("order_with_another_certificate", client -> order(client.anotherStranger(client.bound())));
    ALL.put("server_stream", client -> watch(client.signIn(ALICE)).read().getOrderId());
    ALL.put("two_way_stream", client -> say(client.signIn(ALICE).shop().chat(), "hello"));
    ALL.put("stream_renewed", Scenarios::streamRenewed);
    ALL.put("stream_expires", client -> readToItsEnd(watch(client.signIn(ALICE.lasting(1)))));
    ALL.put("stream_revoked", Scenarios::streamRevoked);
    ALL.put("refreshed_ahead", Scenarios::refreshedAhead);
    ALL.put("refreshed_once_when_refused", Scenarios::refreshedOnceWhenRefused);
    ALL.put("not_fresh_after_refresh", Scenarios::notFreshAfterRefresh);
    ALL.put("order_after_revocation", Scenarios::orderAfterRevocation);
    ALL.put("order_when_session_ended", Scenarios::orderWhenSessionEnded);
    ALL.put("old_refresh_token_again", client -> client.refresh(usedTwice(client).oldest()).getSessionId());
    ALL.put("session_after_reuse", Scenarios::sessionAfterReuse);
    ALL.put("issue_without_subject", client ->
        client.service.issue(IssueRequest.newBuilder().addAudiences(AUDIENCE).build()).getSessionId());
    ALL.put("issue_for_forbidden_audience", client -> client.single("payroll", "access", 600));
    ALL.put("keys_for_anyone", client -> client.feed.getKeys(GetKeysRequest.getDefaultInstance()).getKeySet().getKeysList()
        .stream().map(key -> key.getPaserk().substring(0, key.getPaserk().lastIndexOf('.')))
        .distinct().sorted().collect(Collectors.joining(" ")));
    ALL.put("feed_tells_revocation", client -> {
      try (FeedFollower feed = new FeedFollower(client.feed, "")) {
        revokedPair(client, feed);
        return "";
      }
    });
    ALL.put("offline_good", client -> {
      JsonNode claims = offline(client, client.pair(ALICE).getAccessToken().getToken(), Duration.ZERO);
      return claims.get("sub").asText() + " " + claims.get("tenant").asText();
    });
    ALL.put("offline_wrong_audience", client ->
        offline(client, client.single("billing", "access", 600), Duration.ZERO).toString());
    ALL.put("offline_wrong_type", client ->
        offline(client, client.single(AUDIENCE, "email-verify", 600), Duration.ZERO).toString());
    ALL.put("offline_bound", client -> offline(client, client.bound(), Duration.ZERO).toString());
    ALL.put("offline_expired", client ->
        offline(client, client.single(AUDIENCE, "access", 1), Duration.ofSeconds(10)).toString());
    ALL.put("offline_changed", client -> {
      StringBuilder token = new StringBuilder(client.single(AUDIENCE, "access", 600));
      int middle = token.length() / 3;
      token.setCharAt(middle, token.charAt(middle) == 'A' ? 'B' : 'A');
      return offline(client, token.toString(), Duration.ZERO).toString();
    });
    ALL.put("offline_revoked", client -> {
      try (FeedFollower feed = new FeedFollower(client.feed, "")) {
        String token = revokedPair(client, feed).getAccessToken().getToken();
        return feed.trust().verify(token, AUDIENCE, "access", Instant.now()).toString();
      }
    });
    ALL.put("revocations_forgotten", client -> revocationsForgotten());
    ALL.put("revocation_of_unknown_kind", client -> revocationOfUnknownKind());
    for (String name : List.of("repeated_name", "no_expiry", "another_issuer", "unknown_key")) {
      ALL.put("order_" + name, client -> order(client.stranger(client.forged(name))));
      ALL.put("offline_" + name, client -> offline(client, client.forged(name), Duration.ZERO).toString());
    }
  }

  private static String products(ShopBlockingV2Stub shop) throws StatusException {
    return String.join(" ", shop.listProducts(ListProductsRequest.getDefaultInstance()).getProductsList());
  }

  private static String order(ShopBlockingV2Stub shop) throws StatusException {
    return shop.getOrder(GetOrderRequest.newBuilder().setOrderId("1").build()).getProduct();
  }

  private static String order(SignedIn user) throws StatusException {
    return user.keeper().refreshOnce(() -> order(user.shop()));
  }

  private static BlockingClientCall<?, WatchOrdersResponse> watch(SignedIn user) {
    return user.shop().watchOrders(WatchOrdersRequest.getDefaultInstance());
  }

  private static String readToItsEnd(BlockingClientCall<?, ?> call) throws StatusException, InterruptedException {
    while (call.read() != null) continue;
    return "ended";
  }

  private static String say(BlockingClientCall<ChatRequest, ChatResponse> call, String text) throws Exception {
    call.write(ChatRequest.newBuilder().setText(text).build());
    return call.read().getText();
  }

  private static String streamRenewed(Client client) throws Exception {
    SignedIn user = client.signIn(ALICE.lasting(10));
    String first = user.keeper().current();
    try (StreamRenewer renewer = new StreamRenewer(user.channel(), user.keeper(), "/examples.shop.v1.Shop/Chat")) {
      BlockingClientCall<ChatRequest, ChatResponse> call = user.shop().withInterceptors(renewer.named()).chat();
      Instant until = Instant.now().plusSeconds(11); // longer than the life of the token that it was opened with
      while (Instant.now().isBefore(until)) {
        say(call, "still here");
        Thread.sleep(200);
      }
      call.halfClose();
    }
    return user.keeper().current().equals(first) ? "never refreshed" : "renewed";
  }

  private static String streamRevoked(Client client) throws Exception {
    SignedIn user = client.signIn(ALICE);
    BlockingClientCall<?, WatchOrdersResponse> call = watch(user);
    call.read();
    client.revokeToken(user.keeper().current(), true);
    return readToItsEnd(call);
  }

  /** Makes 8 calls at once and counts the refreshes. */
  private static String together(Client client, SignedIn user) throws Exception {
    int before = client.refreshes.get();
    ExecutorService callers = Executors.newFixedThreadPool(8);
    try {
      Callable<String> call = () -> order(user);
      for (Future<String> called : callers.invokeAll(Stream.generate(() -> call).limit(8).toList())) called.get();
    } finally {
      callers.shutdown();
    }
    return client.refreshes.get() - before + " refresh";
  }

  private static String refreshedAhead(Client client) throws Exception {
    SignedIn user = client.signIn(ALICE.lasting(2));
    String first = user.keeper().current();
    Thread.sleep(1850); // over 90 % of its life, and not expired
    String refreshes = together(client, user);
    return user.keeper().current().equals(first) ? "never refreshed" : refreshes;
  }

  private static String refreshedOnceWhenRefused(Client client) throws Exception {
    SignedIn user = client.signIn(ALICE);
    client.revokeToken(user.keeper().current(), false); // alone: the session lives on
    refusal(client, user.keeper().current());
    return together(client, user);
  }

  /** Calls until the news of the revocation has reached the shop, and gives its refusal. */
  private static StatusException refusal(Client client, String token) throws InterruptedException {
    while (true) {
      try {
        order(client.stranger(token));
      } catch (StatusException refused) {
        if (String.valueOf(refused.getStatus().getDescription()).startsWith("token_revoked")) return refused;
      }
      Thread.sleep(20);
    }
  }

  private static String notFreshAfterRefresh(Client client) throws Exception {
    IssueResponse first = client.pair(new Session("carol", 600, List.of()));
    String token = client.refresh(first.getRefreshToken().getToken()).getAccessToken().getToken();
    return client.stranger(token).deleteAccount(DeleteAccountRequest.getDefaultInstance()).toString();
  }

  private static String orderAfterRevocation(Client client) throws Exception {
    IssueResponse pair = client.pair(ALICE);
    client.revokeSession(pair.getSessionId());
    throw refusal(client, pair.getAccessToken().getToken());
  }

  /** The refresh is refused, too: the call's own refusal stands, and somebody has to sign in again. */
  private static String orderWhenSessionEnded(Client client) throws Exception {
    SignedIn user = client.signIn(ALICE);
    client.revokeToken(user.keeper().current(), true);
    refusal(client, user.keeper().current());
    return order(user);
  }

  private record UsedTwice(String oldest, String newest) {}

  private static UsedTwice usedTwice(Client client) throws StatusException {
    String oldest = client.pair(ALICE).getRefreshToken().getToken();
    String second = client.refresh(oldest).getRefreshToken().getToken();
    return new UsedTwice(oldest, client.refresh(second).getRefreshToken().getToken());
  }

  /** Somebody has a copy of a token that was used long ago: the session ends for both. */
  private static String sessionAfterReuse(Client client) throws StatusException {
    UsedTwice tokens = usedTwice(client);
    try {
      client.refresh(tokens.oldest());
    } catch (StatusException reused) {
      if (reused.getStatus().getCode() != Status.Code.UNAUTHENTICATED) throw reused;
    }
    return client.refresh(tokens.newest()).getSessionId();
  }

  private static IssueResponse revokedPair(Client client, FeedFollower feed) throws Exception {
    IssueResponse pair = client.pair(ALICE);
    client.revokeSession(pair.getSessionId());
    JsonNode session = JsonNodeFactory.instance.objectNode().put("sid", pair.getSessionId());
    feed.until(trust -> trust.isRevoked(session), Duration.ofSeconds(10));
    return pair;
  }

  /** Verifies with the public keys alone, as if {@code later} had passed. A service keeps one FeedFollower. */
  private static JsonNode offline(Client client, String token, Duration later) throws Exception {
    try (FeedFollower feed = new FeedFollower(client.feed, "")) {
      feed.checkFresh();
      return feed.trust().verify(token, AUDIENCE, "access", Instant.now().plus(later));
    }
  }

  /** Two revocations, one that may be forgotten: a follower that never forgets only ever grows. */
  private static String revocationsForgotten() {
    Trust trust = new Trust("");
    Instant now = Instant.now();
    trust.add(Stream.of(-1, 60).map(after -> Revocation.newBuilder().setKind(RevocationKind.REVOCATION_KIND_TOKEN)
        .setId(after.toString()).setForgetAfter(Timestamp.newBuilder().setSeconds(now.getEpochSecond() + after)).build())
        .toList());
    trust.forget(now);
    return Stream.of("-1", "60").filter(id -> trust.isRevoked(JsonNodeFactory.instance.objectNode().put("jti", id)))
        .collect(Collectors.joining(" "));
  }

  /** From a tokend that is newer than this program: what was known before stays in force. */
  private static String revocationOfUnknownKind() {
    Trust trust = new Trust("");
    trust.add(List.of(Revocation.newBuilder().setKind(RevocationKind.REVOCATION_KIND_TOKEN).setId("1").build()));
    try {
      trust.replaceAll(List.of(Revocation.newBuilder().setKindValue(99).build()));
    } catch (IllegalArgumentException unknown) {
      return trust.isRevoked(JsonNodeFactory.instance.objectNode().put("jti", "1")) ? "held" : "lost";
    }
    return "taken";
  }

  private Scenarios() {}
}
