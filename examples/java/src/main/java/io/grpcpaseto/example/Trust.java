package io.grpcpaseto.example;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.protobuf.Timestamp;
import io.grpcpaseto.v1.KeyState;
import io.grpcpaseto.v1.KeyUse;
import io.grpcpaseto.v1.Revocation;
import io.grpcpaseto.v1.RevocationKind;
import io.grpcpaseto.v1.TrustedKey;
import io.grpcpaseto.v1.TrustedKeySet;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Security;
import java.security.SignatureException;
import java.security.spec.X509EncodedKeySpec;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.util.Arrays;
import org.paseto4j.commons.PasetoException;
import org.paseto4j.commons.PublicKey;
import org.paseto4j.commons.Version;
import org.paseto4j.version4.Paseto;

/**
 * Verifies tokens of one issuer without asking tokend, with paseto4j; FeedFollower keeps it current. Copy this file into
 * your code base.
 *
 * <p>paseto4j checks form and signature, and leaves the payload as text. All else is done here: only v4.public is taken, the
 * key is the one that the token names and never one from the token, the base64url has one spelling, no name stands twice in
 * the JSON, {@code exp} must be there, claims have the right types, and issuer, audience, times, type and revocation are
 * judged. All methods may be called from several threads.
 */
public final class Trust {
  private static final int LONGEST_TOKEN = 6144; // bytes; the issuer makes no longer ones
  private static final long CLOCK_TOLERANCE = 1; // seconds, for nbf and iat
  private static final List<String> TEXTS = List.of("iss", "sub", "jti", "sid", "client_id", "scope", "type");
  private static final byte[] X509_PREFIX = HexFormat.of().parseHex("302a300506032b6570032100"); // RFC 8410, section 4
  private static final JsonMapper JSON = JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
      .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  static {
    Security.addProvider(new BouncyCastleProvider()); // paseto4j asks it by name
  }

  private record Named(RevocationKind kind, String id) {}

  private String issuer;
  private Map<String, PublicKey> keys = Map.of();
  private final Map<Named, Revocation> revoked = new HashMap<>();

  /** An empty issuer becomes that of the first key set. */
  public Trust(String issuer) {
    this.issuer = issuer;
  }

  public synchronized void takeKeys(TrustedKeySet set) {
    if (!issuer.isEmpty() && !issuer.equals(set.getIssuer())) throw new IllegalArgumentException("the feed is of another issuer");
    Map<String, PublicKey> usable = new HashMap<>();
    for (TrustedKey key : set.getKeysList()) {
      if (key.getKid().startsWith("k4.pid.") && key.getUse() == KeyUse.KEY_USE_ACCESS
          && key.getState() != KeyState.KEY_STATE_REVOKED) usable.put(key.getKid(), publicKey(key.getPaserk()));
    }
    issuer = set.getIssuer();
    keys = usable;
  }

  private static PublicKey publicKey(String paserk) {
    try {
      byte[] raw = Base64.getUrlDecoder().decode(paserk.substring("k4.public.".length()));
      KeyFactory factory = KeyFactory.getInstance("Ed25519", "BC");
      return new PublicKey(factory.generatePublic(new X509EncodedKeySpec(Arrays.concatenate(X509_PREFIX, raw))), Version.V4);
    } catch (GeneralSecurityException error) {
      throw new IllegalArgumentException("not a k4.public key", error);
    }
  }

  public synchronized boolean hasKeys() {
    return !keys.isEmpty();
  }

  /** All, or none: one of a kind that this program does not know is an error, and it must not call itself up to date. */
  public synchronized void add(List<Revocation> revocations) {
    checkKinds(revocations);
    for (Revocation one : revocations) revoked.put(new Named(one.getKind(), one.getId()), one);
  }

  public synchronized void replaceAll(List<Revocation> revocations) {
    checkKinds(revocations);
    revoked.clear();
    add(revocations);
  }

  private static void checkKinds(List<Revocation> revocations) {
    for (Revocation one : revocations) {
      if (one.getKind() == RevocationKind.UNRECOGNIZED || one.getKindValue() == 0) {
        throw new IllegalArgumentException("a revocation of an unknown kind");
      }
    }
  }

  /** Drops revocations that no living token can need any more; without it they would only ever grow. */
  public synchronized void forget(Instant now) {
    revoked.values().removeIf(one -> instant(one.getForgetAfter()).isBefore(now));
  }

  public synchronized boolean isRevoked(JsonNode claims) {
    return find(RevocationKind.REVOCATION_KIND_TOKEN, claims, "jti") != null
        || find(RevocationKind.REVOCATION_KIND_SESSION, claims, "sid") != null
        || isOlder(claims, find(RevocationKind.REVOCATION_KIND_SUBJECT, claims, "sub"))
        || isOlder(claims, find(RevocationKind.REVOCATION_KIND_CLIENT, claims, "client_id"))
        || isOlder(claims, revoked.get(new Named(RevocationKind.REVOCATION_KIND_EVERYTHING, "")));
  }

  private Revocation find(RevocationKind kind, JsonNode claims, String claim) {
    return revoked.get(new Named(kind, claims.path(claim).asText()));
  }

  private static boolean isOlder(JsonNode claims, Revocation record) {
    if (record == null) return false;
    if (claims.has("rev")) return claims.get("rev").asLong() < record.getRevision();
    return !claims.has("iat") || !date(claims, "iat").isAfter(instant(record.getRevokedAt()));
  }

  /**
   * The claims of a good token of this type and audience. One that is bound to a certificate (RFC 8705 section 3) is
   * refused: a server would compare it with the certificate that its caller proved, and this class is not part of one.
   */
  public JsonNode verify(String token, String audience, String type, Instant now) throws Refused {
    JsonNode claims = signedClaims(token);
    boolean ours = StreamSupport.stream(claims.path("aud").spliterator(), false).anyMatch(one -> one.asText().equals(audience))
        || claims.path("aud").asText().equals(audience);
    if (!claims.path("iss").asText().equals(issuer)) throw new Refused("wrong_issuer", "the token is of another issuer");
    if (!ours) throw new Refused("wrong_audience", "the token is for another audience");
    if (!claims.has("exp") || date(claims, "exp").isBefore(now)) {
      throw new Refused("token_expired", "the token expired; refresh it and call again");
    }
    for (String name : List.of("nbf", "iat")) {
      if (claims.has(name) && date(claims, name).isAfter(now.plusSeconds(CLOCK_TOLERANCE))) {
        throw new Refused("token_not_yet_valid", "the token is not valid yet; check the clocks");
      }
    }
    if (!claims.path("type").asText().equals(type)) throw new Refused("wrong_type", "a token of the type " + type + " is needed");
    if (claims.has("cnf")) throw new Refused("certificate_mismatch", "the token is bound to a certificate");
    if (isRevoked(claims)) throw new Refused("token_revoked", "the token was revoked; sign in again");
    return claims;
  }

  private JsonNode signedClaims(String token) throws Refused {
    String[] parts = token.split("\\.", -1);
    if (token.length() > LONGEST_TOKEN || parts.length != 4) throw new Refused("token_malformed", "not a token with a footer");
    if (!token.startsWith("v4.public.")) throw new Refused("token_not_accepted", "only v4.public is accepted");
    try {
      // The footer is not verified yet: it may only choose among the keys that we hold.
      String footer = new String(decode(parts[3]), StandardCharsets.UTF_8);
      PublicKey key = usableKey(JSON.readTree(footer).path("kid").asText());
      decode(parts[2]);
      JsonNode claims = JSON.readTree(Paseto.parse(key, token, footer));
      if (!wellFormed(claims)) throw new Refused("token_malformed", "the claims are not those of an access token");
      return claims;
    } catch (SignatureException error) {
      throw new Refused("signature_invalid", "the signature does not match");
    } catch (JsonProcessingException | IllegalArgumentException | DateTimeException | PasetoException error) {
      throw new Refused("token_malformed", "the token or its claims are not of the right form");
    }
  }

  private synchronized PublicKey usableKey(String kid) throws Refused {
    PublicKey key = keys.get(kid);
    if (key == null) throw new Refused("key_unknown", "no usable key has the id of the token");
    return key;
  }

  /** Java's decoder takes padding and loose bits at the end, so that one token would have several spellings. */
  private static byte[] decode(String text) {
    byte[] bytes = Base64.getUrlDecoder().decode(text);
    if (!Base64.getUrlEncoder().withoutPadding().encodeToString(bytes).equals(text)) {
      throw new IllegalArgumentException("another spelling of base64url");
    }
    return bytes;
  }

  private static boolean wellFormed(JsonNode claims) {
    for (String name : List.of("exp", "nbf", "iat")) if (claims.has(name)) date(claims, name);
    return TEXTS.stream().allMatch(name -> !claims.has(name) || claims.get(name).isTextual())
        && (!claims.has("rev") || claims.get("rev").isIntegralNumber());
  }

  private static Instant date(JsonNode claims, String name) {
    return OffsetDateTime.parse(claims.path(name).asText()).toInstant();
  }

  static Instant instant(Timestamp timestamp) {
    return Instant.ofEpochSecond(timestamp.getSeconds(), timestamp.getNanos());
  }
}
