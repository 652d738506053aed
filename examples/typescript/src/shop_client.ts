/**
 * A client of tokend and of the guarded shop. Prints "scenario<tab>outcome" for each of its scenarios: OK and what came,
 * the gRPC code and the reason, or REFUSED and the reason where it verified by itself.
 *
 *     node dist/src/shop_client.js --tokend localhost:7443 --shop localhost:50051 --ca ca.crt \
 *       --certificate client.crt --private-key client.key --other-certificate other.crt --other-private-key other.key \
 *       --token-file client.token [--forged FOLDER] [SCENARIO...]
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import * as grpc from '@grpc/grpc-js';
import { Client } from './client.js';
import { scenarios } from './scenarios.js';
import { Refused } from './trust.js';

const LONGEST_SCENARIO = 60_000; // ms

async function outcome(scenario: (client: Client) => Promise<string | void>, client: Client): Promise<string> {
  try {
    const answer = await Promise.race([scenario(client), new Promise<never>((_, reject) => {
      setTimeout(() => reject(new Error('no end')), LONGEST_SCENARIO).unref();
    })]);
    return answer ? `OK ${answer}` : 'OK';
  } catch (error) {
    if (error instanceof Refused) return `REFUSED ${error.reason}`;
    const { code, details } = error as grpc.ServiceError;
    if (code === undefined) return String(error);
    const reason = /^([a-z_]+):/.exec(details)?.[1];
    return reason ? `${grpc.status[code]} ${reason}` : grpc.status[code]!;
  }
}

const text = { type: 'string' } as const;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    tokend: text, shop: text, ca: text, certificate: text, 'private-key': text, 'token-file': text,
    'other-certificate': text, 'other-private-key': text, forged: { type: 'string', default: 'forged' },
  },
});
const option = (name: keyof typeof values) => values[name] ?? (console.error(`--${name} is required`), process.exit(2));
const file = (name: keyof typeof values) => readFileSync(option(name));
const mutualTls = (certificate: keyof typeof values, key: keyof typeof values) =>
  grpc.credentials.createSsl(file('ca'), file(key), file(certificate));
const client = new Client(option('tokend'), option('shop'), file('token-file').toString().trim(),
  grpc.credentials.createSsl(file('ca')), mutualTls('certificate', 'private-key'),
  mutualTls('other-certificate', 'other-private-key'), option('forged'));

for (const name of positionals.length ? positionals : Object.keys(scenarios)) {
  const scenario = scenarios[name];
  console.log(`${name}\t${scenario ? await outcome(scenario, client) : 'UNKNOWN'}`);
}
process.exit(0); // channels are left open
