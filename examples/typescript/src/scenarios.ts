/** Each scenario is one thing that a client of tokend and of a guarded service does, or must expect. */
import { setTimeout as pause } from 'node:timers/promises';
import * as grpc from '@grpc/grpc-js';
import { GetKeysRequest, Revocation, RevocationKind } from '../gen/paseto/v1/trust_feed.js';
import { ChatRequest, type ChatResponse, type ShopClient, WatchOrdersRequest } from '../gen/shop.js';
import { AUDIENCE, type Client, unary } from './client.js';
import { FeedFollower } from './feed.js';
import { Trust } from './trust.js';

type Scenario = (client: Client) => Promise<string | void>;

const products = async (shop: ShopClient) => (await unary(shop, shop.listProducts)({})).products.join(' ');
const order = async (shop: ShopClient) => (await unary(shop, shop.getOrder)({ orderId: '1' })).product;

export const scenarios: Record<string, Scenario> = {
  products_without_token: (client) => products(client.stranger()),
  order_without_token: (client) => order(client.stranger()),
  call_without_certificate: (client) => products(client.stranger(undefined, client.tls)),
  order: async (client) => order((await client.signedIn()).shop),
  order_without_scope: async (client) => order((await client.signedIn({ scopes: [] })).shop),
  order_for_another_audience: async (client) => order(client.stranger(await client.single({ audience: 'billing' }))),
  order_with_custom_type: async (client) => order(client.stranger(await client.single({ type: 'email-verify' }))),
  order_by_certificate: async (client) => order(client.stranger(await client.bound())),
  order_with_another_certificate: async (client) => order(client.stranger(await client.bound(), client.otherTls)),

  async server_stream(client) {
    const call = (await client.signedIn()).shop.watchOrders({});
    try {
      for await (const { orderId } of call) return orderId;
    } finally {
      call.cancel();
    }
  },

  async two_way_stream(client) {
    const call = (await client.signedIn()).shop.chat();
    const talk = new Talk(call);
    const answer = await talk.say('hello');
    call.end();
    return answer;
  },

  async stream_renewed(client) {
    const { keeper, shop, streams } = await client.signedIn({ life: 10 });
    const metadata = new grpc.Metadata();
    metadata.set('paseto-stream-id', 'talk');
    const first = keeper.current, done = new AbortController();
    const talk = new Talk(shop.chat(metadata));
    const renewing = keeper.keepAlive(streams, 'talk', '/examples.shop.v1.Shop/Chat', done.signal).catch(() => {});
    for (const until = Date.now() + 11_000; Date.now() < until; await pause(200)) await talk.say('still here');
    done.abort();
    await renewing;
    return keeper.current === first ? 'never refreshed' : 'renewed';
  },

  async stream_expires(client) {
    await ended((await client.signedIn({ life: 1 })).shop.watchOrders(WatchOrdersRequest.create()));
  },

  async stream_revoked(client) {
    const { keeper, shop } = await client.signedIn();
    const call = shop.watchOrders({});
    call.once('data', () => void client.revoke({ token: keeper.current, wholeSession: true }));
    await ended(call);
  },

  async refreshed_ahead(client) {
    const { keeper, shop } = await client.signedIn({ life: 2 });
    const first = keeper.current;
    await pause(1_850); // over 90 % of its life, and not expired
    const refreshes = await together(client, shop);
    return keeper.current === first ? 'never refreshed' : refreshes;
  },

  async refreshed_once_when_refused(client) {
    const { keeper, shop } = await client.signedIn();
    await client.revoke({ token: keeper.current }); // alone: the session lives on
    await refusal(client.stranger(keeper.current)).catch(() => {});
    return together(client, shop);
  },

  async not_fresh_after_refresh(client) {
    const { accessToken } = await client.refresh((await client.pair({ subject: 'carol' })).refreshToken!.token);
    const shop = client.stranger(accessToken!.token);
    await unary(shop, shop.deleteAccount)({});
  },

  async order_after_revocation(client) {
    const { accessToken, sessionId } = await client.pair();
    await client.revoke({ sessionId });
    await refusal(client.stranger(accessToken!.token));
  },

  /** The refresh is refused, too: the call's own refusal stands, and somebody has to sign in again. */
  async order_when_session_ended(client) {
    const { keeper, shop } = await client.signedIn();
    await client.revoke({ token: keeper.current, wholeSession: true });
    await refusal(client.stranger(keeper.current)).catch(() => {});
    return order(shop);
  },

  async old_refresh_token_again(client) {
    await client.refresh((await usedTwice(client)).oldest);
  },

  /** Somebody has a copy of a token that was used long ago: the session ends for both. */
  async session_after_reuse(client) {
    const { oldest, newest } = await usedTwice(client);
    await client.refresh(oldest).catch(() => {});
    await client.refresh(newest);
  },

  issue_without_subject: async (client) => void (await client.issue({ audiences: [AUDIENCE] })),
  issue_for_forbidden_audience: (client) => client.single({ audience: 'payroll' }),

  async keys_for_anyone(client) {
    const { keySet } = await unary(client.feed, client.feed.getKeys)(GetKeysRequest.create());
    return [...new Set(keySet!.keys.map(({ paserk }) => paserk.slice(0, paserk.lastIndexOf('.'))))].sort().join(' ');
  },

  feed_tells_revocation: (client) => following(client, async (feed) => void (await revokedPair(client, feed))),

  async offline_good(client) {
    const claims = await offline(client, (await client.pair()).accessToken!.token);
    return `${claims.sub} ${claims.tenant}`;
  },
  offline_wrong_audience: async (client) => void (await offline(client, await client.single({ audience: 'billing' }))),
  offline_bound: async (client) => void (await offline(client, await client.bound())),
  offline_wrong_type: async (client) => void (await offline(client, await client.single({ type: 'email-verify' }))),
  offline_expired: async (client) => void (await offline(client, await client.single({ life: 1 }), 10_000)),

  async offline_changed(client) {
    const token = await client.single(), middle = Math.floor(token.length / 3);
    await offline(client, token.slice(0, middle) + (token[middle] === 'A' ? 'B' : 'A') + token.slice(middle + 1));
  },

  offline_revoked: (client) => following(client, async (feed) => {
    const { accessToken } = await revokedPair(client, feed);
    await feed.trust.verify(accessToken!.token, AUDIENCE);
  }),

  /** Two revocations, one that may be forgotten: a follower that never forgets only ever grows. */
  async revocations_forgotten() {
    const trust = new Trust(), now = Date.now(), ids = ['-1', '60'];
    trust.add(ids.map((id) => Revocation.fromPartial({
      kind: RevocationKind.REVOCATION_KIND_TOKEN, id, forgetAfter: new Date(now + 1000 * Number(id)),
    })));
    trust.forget(new Date(now));
    return ids.filter((jti) => trust.isRevoked({ jti })).join(' ');
  },

  /** From a tokend that is newer than this program: what was known before stays in force. */
  async revocation_of_unknown_kind() {
    const trust = new Trust();
    trust.add([Revocation.fromPartial({ kind: RevocationKind.REVOCATION_KIND_TOKEN, id: '1' })]);
    try {
      trust.replaceAll([Revocation.fromPartial({ kind: 99 as RevocationKind })]);
    } catch {
      return trust.isRevoked({ jti: '1' }) ? 'held' : 'lost';
    }
    return 'taken';
  },
};

for (const name of ['repeated_name', 'no_expiry', 'another_issuer', 'unknown_key']) {
  scenarios[`order_${name}`] = (client) => order(client.stranger(client.forged(name)));
  scenarios[`offline_${name}`] = async (client) => void (await offline(client, client.forged(name)));
}

/** Says one thing after another on a two-way stream, and gives each answer. */
class Talk {
  #answers: AsyncIterator<ChatResponse>;

  constructor(private readonly call: grpc.ClientDuplexStream<ChatRequest, ChatResponse>) {
    this.#answers = call[Symbol.asyncIterator]();
  }

  async say(text: string): Promise<string> {
    this.call.write({ text });
    return (await this.#answers.next()).value.text; // throws what ended the stream
  }
}

/** Reads the stream to its end; what ended it is thrown, unless that was OK. */
async function ended(call: AsyncIterable<unknown>) {
  for await (const _ of call);
}

/** Makes 8 calls at once and counts the refreshes. */
async function together(client: Client, shop: ShopClient) {
  const before = client.refreshes;
  await Promise.all(Array.from({ length: 8 }, () => order(shop)));
  return `${client.refreshes - before} refresh`;
}

/** Calls until the news of the revocation has reached the shop, and throws its refusal. */
async function refusal(shop: ShopClient): Promise<never> {
  for (;;) {
    await order(shop).catch((error: grpc.ServiceError) => {
      if (error.details.startsWith('token_revoked')) throw error;
    });
    await pause(20);
  }
}

async function usedTwice(client: Client) {
  const first = await client.pair();
  const second = await client.refresh(first.refreshToken!.token);
  const third = await client.refresh(second.refreshToken!.token);
  return { oldest: first.refreshToken!.token, newest: third.refreshToken!.token };
}

async function following<T>(client: Client, use: (feed: FeedFollower) => Promise<T>): Promise<T> {
  const feed = new FeedFollower(client.feed);
  try {
    await feed.started;
    return await use(feed);
  } finally {
    feed.stop();
  }
}

async function revokedPair(client: Client, feed: FeedFollower) {
  const pair = await client.pair();
  await client.revoke({ sessionId: pair.sessionId });
  await feed.until((trust) => trust.isRevoked({ sid: pair.sessionId }));
  return pair;
}

/** Verifies with the public keys alone, as if `later` ms had passed. A service keeps one FeedFollower. */
function offline(client: Client, token: string, later = 0) {
  return following(client, (feed) => feed.trust.verify(token, AUDIENCE, 'access', new Date(Date.now() + later)));
}
