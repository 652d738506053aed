/**
 * Keeps the access token of one session good, for @grpc/grpc-js clients. Copy this file into your code base.
 *
 *     const keeper = new TokenKeeper(pair, refresh);                    // pair: the IssueResponse
 *     const shop = new ShopClient(address, keeper.credentials(tls), { interceptors: [keeper.refreshOnce] });
 *
 * - Refreshes ahead, at a random 80 to 90 % of the token's life, when a call needs a token; never while idle.
 * - One refresh at a time: calls that come meanwhile use the old token while it is good, and wait for the new one then.
 * - A unary call that is refused as UNAUTHENTICATED is made once more, with a newer token.
 * - `keepAlive` renews an open stream beyond the life of the token that it was opened with.
 * The token travels on TLS only: grpc-js refuses call credentials on a plaintext channel.
 */
import { setTimeout as pause } from 'node:timers/promises';
import * as grpc from '@grpc/grpc-js';
import { RenewRequest, type RenewResponse, type StreamAuthorizationClient } from '../gen/paseto/v1/stream_authorization.js';
import type { IssuedToken } from '../gen/paseto/v1/token_service.js';

/** What IssueResponse and RefreshResponse have in common. Both tokens are secrets. */
export interface Pair {
  accessToken?: IssuedToken | undefined;
  refreshToken?: IssuedToken | undefined;
}

const LONGEST_MARGIN = 30_000; // ms; a token counts as expired so long before its end, or for the last tenth of its life
const PAUSE_AFTER_FAILURE = 1_000; // ms without another attempt, while the old token is still good

export class TokenKeeper {
  #access!: IssuedToken;
  #refreshToken!: string;
  #goodUntil = 0;
  #dueAt = 0;
  #flight?: Promise<void> | undefined;

  /** `refresh` trades a refresh token for the next pair; whoever keeps pairs beyond the process saves the new one there. */
  constructor(pair: Pair, private readonly refresh: (refreshToken: string) => Promise<Pair>) {
    this.#take(pair);
  }

  #take({ accessToken, refreshToken }: Pair) {
    if (!accessToken?.expiresAt || !refreshToken) throw new Error('a pair of tokens is needed: set withRefreshToken');
    const now = Date.now();
    const life = accessToken.expiresAt.getTime() - now;
    [this.#access, this.#refreshToken] = [accessToken, refreshToken.token];
    this.#goodUntil = now + life - Math.min(LONGEST_MARGIN, life / 10);
    this.#dueAt = now + life * (0.8 + 0.1 * Math.random());
  }

  /** The newest access token, whatever its age. */
  get current() {
    return this.#access.token;
  }

  /** How long it still lives, in milliseconds. */
  get remainingLife() {
    return this.#access.expiresAt!.getTime() - Date.now();
  }

  /** The access token for the next call; `refused` is one that a server did not take. */
  async token(refused?: string): Promise<string> {
    const now = Date.now();
    const usable = now < this.#goodUntil && this.current !== refused;
    if (usable && now < this.#dueAt) return this.current;
    if (!this.#flight) {
      this.#flight = this.#fly();
      this.#flight.catch(() => {}); // told to those who wait for it; nobody may
    }
    if (!usable) await this.#flight;
    return this.current;
  }

  async #fly() {
    try {
      this.#take(await this.refresh(this.#refreshToken));
    } catch (error) {
      this.#dueAt = Date.now() + PAUSE_AFTER_FAILURE;
      throw error;
    } finally {
      this.#flight = undefined;
    }
  }

  /** Channel credentials that put the token on every call of any kind. */
  credentials(tls: grpc.ChannelCredentials): grpc.ChannelCredentials {
    return grpc.credentials.combineChannelCredentials(tls, bearer(() => this.token()));
  }

  /** An interceptor. Streams are not repeated: what has been said on them is the caller's to say again. */
  readonly refreshOnce: grpc.Interceptor = (options, nextCall) => {
    const { requestStream, responseStream } = options.method_definition;
    if (requestStream || responseStream) return new grpc.InterceptingCall(nextCall(options));
    const before = this.current;
    let message: unknown, answer: unknown, again: ReturnType<typeof nextCall> | undefined;
    return new grpc.InterceptingCall(nextCall(options), {
      start: (metadata, listener, next) => {
        const onReceiveMessage = (received: unknown) => void (answer = received);
        const finish = (status: grpc.StatusObject) => {
          listener.onReceiveMessage(answer);
          listener.onReceiveStatus(status);
        };
        const repeat = () => {
          again = nextCall(options);
          again.start(metadata.clone(), { onReceiveMessage, onReceiveStatus: finish });
          again.sendMessage(message);
          again.halfClose();
        };
        const onReceiveStatus = (status: grpc.StatusObject) => {
          if (status.code !== grpc.status.UNAUTHENTICATED) return finish(status);
          this.token(before).then(repeat, () => finish(status));
        };
        next(metadata, { onReceiveMessage, onReceiveStatus });
      },
      sendMessage: (sent, next) => next((message = sent)),
      cancel: (next) => {
        again?.cancelWithStatus(grpc.status.CANCELLED, 'cancelled by the caller');
        next();
      },
    });
  };

  /**
   * Renews the stream that was opened with "paseto-stream-id: streamId" in its metadata until `signal` is aborted, with
   * calls by `client`, which carries this keeper's tokens. Resolves when the stream needs no renewal any more.
   */
  async keepAlive(client: StreamAuthorizationClient, streamId: string, method: string, signal: AbortSignal) {
    let under = this.current;
    for (let life = this.remainingLife; life > 0; ) {
      await pause(life * (0.75 + 0.1 * Math.random()), undefined, { signal });
      under = await this.token(under);
      const request = RenewRequest.fromPartial({ streamId, method });
      const { remainingLife } = await new Promise<RenewResponse>((resolve, reject) => {
        client.renew(request, (error, answer) => (error ? reject(error) : resolve(answer)));
      });
      if (!remainingLife) return;
      life = remainingLife.seconds * 1000 + remainingLife.nanos / 1e6;
    }
  }
}

/** Call credentials that put the token that `token` gives on each call. */
export function bearer(token: () => string | Promise<string>): grpc.CallCredentials {
  return grpc.credentials.createFromMetadataGenerator(async (_, done) => {
    try {
      const metadata = new grpc.Metadata();
      metadata.set('authorization', `Bearer ${await token()}`);
      done(null, metadata);
    } catch (error) {
      done(error as Error);
    }
  });
}
