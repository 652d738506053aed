/**
 * Verifies tokens of one issuer without asking tokend, with the npm package paseto. Copy this file into your code base.
 *
 * paseto checks form, signature, times and issuer. What it leaves to its caller is done here: the key is the one that the
 * token names and never one from the token, no key stands twice in the JSON, claims have the right types, and audience,
 * type and revocation are judged. It refuses an `aud` that is an array: ask tokend for one audience where it is used.
 * Refusals carry the reasons of paseto.v1.Reason.
 */
import { ClaimValidationError, type Claims, InspectFooter, PublicProtocol } from 'paseto';
import { ImportPublicKeyFactory, type PublicKey, VerifyFactory } from 'paseto/v4/public';
import { KeyState, KeyUse, type Revocation, RevocationKind, type TrustedKeySet } from '../gen/paseto/v1/trust_feed.js';

const LONGEST_TOKEN = 6144; // bytes; the issuer makes no longer ones
const SIGNATURE_BYTES = 64;
const CLOCK_TOLERANCE = 5; // seconds
const v4 = new PublicProtocol(ImportPublicKeyFactory, VerifyFactory);

/** Why the package refuses, by the claim that it names. */
const REASONS: Record<string, [string, string]> = {
  exp: ['token_expired', 'the token expired; refresh it and call again'],
  nbf: ['token_not_yet_valid', 'the token is not valid yet; check the clocks'],
  iat: ['token_not_yet_valid', 'the token is of the future; check the clocks'],
  iss: ['wrong_issuer', 'the token is of another issuer'],
  aud: ['wrong_audience', 'the token is for another audience, or for several'],
};
const MALFORMED: [string, string] = ['token_malformed', 'the claims are not those of an access token'];
const TEXTS = ['client_id', 'scope', 'sid', 'type'];

/** `reason` is a value of paseto.v1.Reason, in lower case and without its prefix. */
export class Refused extends Error {
  constructor(readonly reason: string, text: string) {
    super(`${reason}: ${text}`);
  }
}

/** What the feed says: keys, and what is revoked. feed.ts keeps it current. */
export class Trust {
  #keys = new Map<string, PublicKey>();
  #revoked = new Map<string, Revocation>();

  /** An empty `issuer` becomes that of the first key set. */
  constructor(public issuer = '') {}

  async takeKeys(set: TrustedKeySet) {
    if (this.issuer && set.issuer !== this.issuer) throw new Error('the feed is of another issuer');
    this.issuer = set.issuer;
    const keys = set.keys.filter((key) => key.kid.startsWith('k4.pid.') && key.use === KeyUse.KEY_USE_ACCESS
      && key.state !== KeyState.KEY_STATE_REVOKED);
    this.#keys = new Map(await Promise.all(
      keys.map(async (key) => [key.kid, await v4.ImportPublicKey(key.paserk as 'k4.public.')] as const)));
  }

  get hasKeys() {
    return this.#keys.size > 0;
  }

  /** All, or none: one of a kind that this program does not know is an error, and it must not call itself up to date. */
  add(revocations: Revocation[]) {
    checkKinds(revocations);
    for (const one of revocations) this.#revoked.set(`${one.kind} ${one.id}`, one);
  }

  replaceAll(revocations: Revocation[]) {
    checkKinds(revocations);
    this.#revoked.clear();
    this.add(revocations);
  }

  /** Drops revocations that no living token can need any more; without it they would only ever grow. */
  forget(now: Date) {
    for (const [key, one] of this.#revoked) if (one.forgetAfter! < now) this.#revoked.delete(key);
  }

  isRevoked(claims: Claims): boolean {
    const record = (kind: RevocationKind, id: unknown) => this.#revoked.get(`${kind} ${id}`);
    if (record(RevocationKind.REVOCATION_KIND_TOKEN, claims.jti)) return true;
    if (record(RevocationKind.REVOCATION_KIND_SESSION, claims.sid)) return true;
    return [
      record(RevocationKind.REVOCATION_KIND_SUBJECT, claims.sub),
      record(RevocationKind.REVOCATION_KIND_CLIENT, claims.client_id),
      record(RevocationKind.REVOCATION_KIND_EVERYTHING, ''),
    ].some((one) => one && (typeof claims.rev === 'number' ? claims.rev < one.revision
      : new Date(claims.iat ?? 0) <= one.revokedAt!));
  }

  /**
   * The claims of a good token. Throws Refused.
   *
   * A token that is bound to a certificate (RFC 8705 section 3) is refused: a server would compare claims.cnf['x5t#S256']
   * with the SHA-256 of the certificate that its caller proved, and this file is not part of a server.
   */
  async verify(token: string, audience: string, type = 'access', now = new Date()): Promise<Claims> {
    if (token.length > LONGEST_TOKEN) throw new Refused('token_malformed', 'the token is too long');
    if (!token.startsWith('v4.public.')) throw new Refused('token_not_accepted', 'only v4.public is accepted');
    const key = this.#keys.get(keyId(token));
    if (!key) throw new Refused('key_unknown', 'no usable key has the id of the token');
    const { claims } = await v4.Verify(key, token, {
      audience, issuer: this.issuer, now, clockTolerance: CLOCK_TOLERANCE,
    })
      .catch((error) => {
        if (error instanceof ClaimValidationError) throw new Refused(...(REASONS[error.claim ?? ''] ?? MALFORMED));
        throw new Refused('signature_invalid', 'the signature does not match');
      });
    const payload = Buffer.from(token.split('.')[2]!, 'base64url').subarray(0, -SIGNATURE_BYTES).toString();
    if (repeatsName(payload) || TEXTS.some((name) => typeof (claims[name] ?? '') !== 'string')
      || !Number.isSafeInteger(claims.rev ?? 0)) throw new Refused(...MALFORMED);
    if (claims.type !== type) throw new Refused('wrong_type', `a token of the type ${type} is needed`);
    if (claims.cnf !== undefined) throw new Refused('certificate_mismatch', 'the token is bound to a certificate');
    if (this.isRevoked(claims)) throw new Refused('token_revoked', 'the token was revoked; sign in again');
    return claims;
  }
}

function checkKinds(revocations: Revocation[]) {
  for (const { kind } of revocations) {
    if (!(kind in RevocationKind) || kind <= 0) throw new Error('a revocation of an unknown kind');
  }
}

/** The footer is not verified yet: it may only choose among the keys that we hold. */
function keyId(token: string): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(InspectFooter(token));
    const { kid } = JSON.parse(text);
    if (typeof kid === 'string' && !repeatsName(text)) return kid;
  } catch {
    // said below
  }
  throw new Refused('token_malformed', 'the footer is not a JSON object with a kid');
}

/** Whether an object in this valid JSON, at any depth, has the same name twice: JSON.parse keeps the last one silently. */
function repeatsName(json: string): boolean {
  const open: Set<string>[] = [];
  for (const [piece] of json.matchAll(/"(?:[^"\\]|\\.)*"\s*:?|[{}[\]]/g)) {
    if (piece === '{' || piece === '[') open.push(new Set());
    else if (piece === '}' || piece === ']') open.pop();
    else if (piece.endsWith(':')) {
      const name = JSON.parse(piece.slice(0, -1));
      if (open.at(-1)!.has(name)) return true;
      open.at(-1)!.add(name);
    }
  }
  return false;
}
