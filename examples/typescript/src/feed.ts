/** Follows tokend's trust feed and keeps a Trust (trust.ts) current. Copy this file into your code base. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Changes, FeedPosition, Heartbeat, TrustFeedClient, WatchResponse } from '../gen/paseto/v1/trust_feed.js';
import { Refused, Trust } from './trust.js';

const MAX_STALENESS = 60_000; // ms; older trust is no longer relied upon
const FORGET_EVERY = 60_000; // ms between looks for revocations that nobody needs any more
const SHORTEST_PAUSE = 100; // ms before a broken stream is resumed; it doubles up to the longest
const LONGEST_PAUSE = 5_000;

/** Current within milliseconds from `started` until `stop`. A broken stream is resumed where it stopped. */
export class FeedFollower {
  readonly trust: Trust;
  readonly #verifierId = randomUUID(); // tells this verifier apart from others with the same client token
  #position: FeedPosition = { epoch: 0, revision: 0 };
  #keySetVersion = 0;
  #confirmedAt = 0;
  #forgotAt = 0;
  #stop = new AbortController();
  #waiting: (() => void)[] = [];

  /** `client` carries the client token of a client that may watch. An empty `issuer` means that of the feed. */
  constructor(private readonly client: TrustFeedClient, issuer = '') {
    this.trust = new Trust(issuer);
    void this.#follow();
  }

  /** Resolves when keys and revocations are there. */
  get started() {
    return this.until((trust) => trust.hasKeys && this.#confirmedAt > 0);
  }

  stop() {
    this.#stop.abort();
  }

  /** Throws Refused when tokend has been silent for too long. A verifier asks this before each token. */
  checkFresh() {
    if (Date.now() - this.#confirmedAt <= MAX_STALENESS) return;
    throw new Refused('trust_stale', 'keys and revocations are too old to rely on; try again later');
  }

  /** Waits until `condition`, called with the trust after each change, holds. */
  async until(condition: (trust: Trust) => boolean) {
    while (!condition(this.trust)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async #follow() {
    const { signal } = this.#stop;
    for (let wait = SHORTEST_PAUSE; !signal.aborted; wait = Math.min(2 * wait, LONGEST_PAUSE)) {
      if (await this.#stream()) wait = SHORTEST_PAUSE;
      await pause(wait * (0.8 + 0.4 * Math.random()), undefined, { signal }).catch(() => {});
    }
  }

  /** Follows one stream to its end; gives whether anything came. What is held stays in force until it is stale. */
  async #stream() {
    const call = this.client.watch();
    const cancel = () => call.cancel();
    this.#stop.signal.addEventListener('abort', cancel, { once: true });
    const snapshot: Changes['revocations'] = [];
    let received = false;
    try {
      call.write({ position: this.#position, keySetVersion: 0, verifierId: this.#verifierId });
      for await (const message of call as AsyncIterable<WatchResponse>) {
        received = true;
        if (await this.#apply(message, snapshot)) {
          call.write({ position: this.#position, keySetVersion: this.#keySetVersion, verifierId: '' });
        }
        for (const wake of this.#waiting.splice(0)) wake();
      }
    } catch {
      call.cancel();
    } finally {
      this.#stop.signal.removeEventListener('abort', cancel);
    }
    return received;
  }

  /** Gives whether keys or revocations were applied, which tokend wants to hear. */
  async #apply({ keys, snapshot, changes, heartbeat }: WatchResponse, parts: Changes['revocations']) {
    if (keys) {
      await this.trust.takeKeys(keys);
      this.#keySetVersion = keys.version;
    }
    if (snapshot) {
      parts.push(...snapshot.revocations);
      if (!snapshot.last) return false;
      this.trust.replaceAll(parts.splice(0));
      this.#position = snapshot.position!;
    }
    if (changes) {
      this.trust.add(changes.revocations);
      this.#position = changes.position!;
    }
    this.#confirm(changes ?? heartbeat);
    return !heartbeat;
  }

  #confirm(event: Changes | Heartbeat | undefined) {
    if (!event?.asOf) return;
    this.#confirmedAt = event.asOf.getTime();
    if (this.#confirmedAt <= this.#forgotAt + FORGET_EVERY) return;
    this.#forgotAt = this.#confirmedAt; // tokend's clock, which also set forgetAfter
    this.trust.forget(event.asOf);
  }
}
