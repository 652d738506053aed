package io.grpcpaseto.example;

import com.google.protobuf.Duration;
import io.grpc.CallCredentials;
import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.StatusException;
import io.grpc.TlsChannelCredentials;
import io.grpcpaseto.examples.shop.ShopGrpc;
import io.grpcpaseto.examples.shop.ShopGrpc.ShopBlockingV2Stub;
import io.grpcpaseto.v1.IssueRequest;
import io.grpcpaseto.v1.IssueResponse;
import io.grpcpaseto.v1.RefreshRequest;
import io.grpcpaseto.v1.RefreshResponse;
import io.grpcpaseto.v1.RevokeRequest;
import io.grpcpaseto.v1.TokenServiceGrpc;
import io.grpcpaseto.v1.TokenServiceGrpc.TokenServiceBlockingV2Stub;
import io.grpcpaseto.v1.TrustFeedGrpc;
import io.grpcpaseto.v1.TrustFeedGrpc.TrustFeedBlockingV2Stub;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/** The channels that the scenarios share, and how a subject's session begins. */
final class Client {
  static final String AUDIENCE = "shop";

  record Session(String subject, int seconds, List<String> scopes) {
    static final Session ALICE = new Session("alice", 600, List.of("orders:read"));

    Session lasting(int shorter) {
      return new Session(subject, shorter, scopes);
    }
  }

  /** What a signed-in user has: a keeper, and a channel to the shop. */
  record SignedIn(TokenKeeper keeper, Channel channel) {
    ShopBlockingV2Stub shop() {
      return ShopGrpc.newBlockingV2Stub(channel).withCallCredentials(keeper);
    }
  }

  final TokenServiceBlockingV2Stub service;
  final TrustFeedBlockingV2Stub feed;
  final AtomicInteger refreshes = new AtomicInteger();
  private final Path forged;
  private final TokenServiceBlockingV2Stub byCertificate;
  private final Channel withoutCertificate;
  private final Channel shop;
  private final Channel shopByAnother;

  Client(Map<String, String> options) throws IOException {
    forged = Path.of(options.getOrDefault("forged", "forged"));
    File ca = new File(options.get("ca"));
    ChannelCredentials tls = TlsChannelCredentials.newBuilder().trustManager(ca).build();
    ChannelCredentials mutualTls = mutualTls(ca, options.get("certificate"), options.get("private-key"));
    Channel tokend = Grpc.newChannelBuilder(options.get("tokend"), tls).build();
    CallCredentials token = new FixedToken(Files.readString(Path.of(options.get("token-file"))).strip());
    service = TokenServiceGrpc.newBlockingV2Stub(tokend).withCallCredentials(token);
    feed = TrustFeedGrpc.newBlockingV2Stub(tokend).withCallCredentials(token);
    byCertificate = TokenServiceGrpc.newBlockingV2Stub(Grpc.newChannelBuilder(options.get("tokend"), mutualTls).build());
    shop = Grpc.newChannelBuilder(options.get("shop"), mutualTls).build();
    shopByAnother = Grpc.newChannelBuilder(options.get("shop"),
        mutualTls(ca, options.get("other-certificate"), options.get("other-private-key"))).build();
    withoutCertificate = Grpc.newChannelBuilder(options.get("shop"), tls).build();
  }

  private static ChannelCredentials mutualTls(File ca, String certificate, String privateKey) throws IOException {
    return TlsChannelCredentials.newBuilder().trustManager(ca).keyManager(new File(certificate), new File(privateKey)).build();
  }

  IssueResponse pair(Session of) throws StatusException {
    return service.issue(IssueRequest.newBuilder().setSubject(of.subject()).addAudiences(AUDIENCE).addAllScopes(of.scopes())
        .setLifetime(Duration.newBuilder().setSeconds(of.seconds())).setFresh(true).setWithRefreshToken(true)
        .setCustomClaimsJson("{\"tenant\": \"blue\"}").build());
  }

  String single(String audience, String type, int seconds) throws StatusException {
    return service.issue(IssueRequest.newBuilder().setSubject("alice").addAudiences(audience).setType(type)
        .setLifetime(Duration.newBuilder().setSeconds(seconds)).build()).getAccessToken().getToken();
  }

  /** Asked for over mutual TLS, without a client token; it is good over this client's certificate only. */
  String bound() throws StatusException {
    return byCertificate.issue(IssueRequest.newBuilder().setSubject("alice").addAudiences(AUDIENCE).addScopes("orders:read")
        .build()).getAccessToken().getToken();
  }

  RefreshResponse refresh(String refreshToken) throws StatusException {
    refreshes.incrementAndGet();
    return service.refresh(RefreshRequest.newBuilder().setRefreshToken(refreshToken).build());
  }

  void revokeSession(String id) throws StatusException {
    service.revoke(RevokeRequest.newBuilder().setSessionId(id).build());
  }

  void revokeToken(String token, boolean wholeSession) throws StatusException {
    service.revoke(RevokeRequest.newBuilder().setToken(token).setWholeSession(wholeSession).build());
  }

  SignedIn signIn(Session of) throws StatusException {
    IssueResponse pair = pair(of);
    return new SignedIn(new TokenKeeper(new TokenKeeper.Pair(pair.getAccessToken(), pair.getRefreshToken()), used -> {
      try {
        RefreshResponse newer = refresh(used.refresh().getToken());
        return new TokenKeeper.Pair(newer.getAccessToken(), newer.getRefreshToken());
      } catch (StatusException refused) {
        throw refused.getStatus().asRuntimeException();
      }
    }), shop);
  }

  /** A token that tests/polyglot forged, to be refused. */
  String forged(String name) throws IOException {
    return Files.readString(forged.resolve(name + ".token"));
  }

  /** A caller with one fixed token. */
  ShopBlockingV2Stub stranger(String token) {
    return stranger().withCallCredentials(new FixedToken(token));
  }

  /** A caller with one fixed token and another certificate. */
  ShopBlockingV2Stub anotherStranger(String token) {
    return ShopGrpc.newBlockingV2Stub(shopByAnother).withCallCredentials(new FixedToken(token));
  }

  /** A caller without a token. */
  ShopBlockingV2Stub stranger() {
    return ShopGrpc.newBlockingV2Stub(shop);
  }

  ShopBlockingV2Stub strangerWithoutCertificate() {
    return ShopGrpc.newBlockingV2Stub(withoutCertificate);
  }

  /** The client token of a caller of tokend, for instance. */
  private static final class FixedToken extends CallCredentials {
    private final String token;

    FixedToken(String token) {
      this.token = token;
    }

    @Override
    public void applyRequestMetadata(RequestInfo call, Executor executor, MetadataApplier applier) {
      applier.apply(TokenKeeper.bearer(token));
    }
  }
}
