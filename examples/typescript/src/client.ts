/** The channels that the scenarios share, and how a subject's session begins. */
import { readFileSync } from 'node:fs';
import * as grpc from '@grpc/grpc-js';
import { StreamAuthorizationClient } from '../gen/paseto/v1/stream_authorization.js';
import { IssueRequest, RefreshRequest, RevokeRequest, TokenServiceClient } from '../gen/paseto/v1/token_service.js';
import { TrustFeedClient } from '../gen/paseto/v1/trust_feed.js';
import { ShopClient } from '../gen/shop.js';
import { bearer, TokenKeeper } from './credentials.js';

export const AUDIENCE = 'shop';

type Callback<A> = (error: grpc.ServiceError | null, answer: A) => void;
type Unary<Q, A> = (request: Q, metadata: grpc.Metadata, options: grpc.CallOptions, done: Callback<A>) => grpc.ClientUnaryCall;

/** A unary method of grpc-js, which takes a callback, as one that gives a promise. */
export function unary<Q, A>(client: grpc.Client, method: Unary<Q, A>): (request: Q) => Promise<A> {
  return (request) => new Promise((resolve, reject) => {
    method.call(client, request, new grpc.Metadata(), { deadline: Date.now() + 10_000 },
      (error, answer) => (error ? reject(error) : resolve(answer)));
  });
}

const seconds = (count: number) => ({ seconds: count, nanos: 0 });

export class Client {
  readonly feed: TrustFeedClient;
  readonly service: TokenServiceClient;
  refreshes = 0;

  readonly #byCertificate: TokenServiceClient;

  constructor(tokend: string, readonly shop: string, token: string, readonly tls: grpc.ChannelCredentials,
    readonly mutualTls: grpc.ChannelCredentials, readonly otherTls: grpc.ChannelCredentials,
    private readonly forgedFolder: string) {
    const credentials = grpc.credentials.combineChannelCredentials(tls, bearer(() => token));
    this.service = new TokenServiceClient(tokend, credentials);
    this.#byCertificate = new TokenServiceClient(tokend, mutualTls);
    this.feed = new TrustFeedClient(tokend, credentials);
  }

  issue(request: Partial<IssueRequest>) {
    return unary(this.service, this.service.issue)(IssueRequest.fromPartial(request));
  }

  pair({ subject = 'alice', life = 600, scopes = ['orders:read'] } = {}) {
    return this.issue({
      subject, audiences: [AUDIENCE], scopes, lifetime: seconds(life), fresh: true, withRefreshToken: true,
      customClaimsJson: JSON.stringify({ tenant: 'blue' }),
    });
  }

  async single({ audience = AUDIENCE, type = 'access', life = 600 } = {}) {
    const { accessToken } = await this.issue({ subject: 'alice', audiences: [audience], type, lifetime: seconds(life) });
    return accessToken!.token;
  }

  /** Asked for over mutual TLS, without a client token; it is good over this client's certificate only. */
  async bound() {
    const { accessToken } = await unary(this.#byCertificate, this.#byCertificate.issue)(
      IssueRequest.fromPartial({ subject: 'alice', audiences: [AUDIENCE], scopes: ['orders:read'] }));
    return accessToken!.token;
  }

  refresh(refreshToken: string) {
    this.refreshes += 1;
    return unary(this.service, this.service.refresh)(RefreshRequest.fromPartial({ refreshToken }));
  }

  revoke(target: Partial<RevokeRequest>) {
    return unary(this.service, this.service.revoke)(RevokeRequest.fromPartial(target));
  }

  /** A keeper, and clients of the shop that always carry its token. */
  async signedIn(session: { subject?: string; life?: number; scopes?: string[] } = {}) {
    const keeper = new TokenKeeper(await this.pair(session), (token) => this.refresh(token));
    const credentials = keeper.credentials(this.mutualTls);
    return {
      keeper,
      shop: new ShopClient(this.shop, credentials, { interceptors: [keeper.refreshOnce] }),
      streams: new StreamAuthorizationClient(this.shop, credentials),
    };
  }

  /** A token that tests/polyglot forged, to be refused. */
  forged(name: string) {
    return readFileSync(`${this.forgedFolder}/${name}.token`, 'utf8');
  }

  /** A caller with one fixed token, or none. */
  stranger(token?: string, tls = this.mutualTls) {
    return new ShopClient(this.shop, token ? grpc.credentials.combineChannelCredentials(tls, bearer(() => token)) : tls);
  }
}
