// Speaks the peers' protocol (tests/differential/README.md) for the npm packages paseto and paseto-ts.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import readline from 'node:readline';
import { LocalProtocol, PublicProtocol } from 'paseto';
import * as v3local from 'paseto/v3/local';
import * as v3public from 'paseto/v3/public';
import * as v4public from 'paseto/v4/public';
import * as ts from 'paseto-ts/v4';

const bytes = (text) => new Uint8Array(Buffer.from(text, 'base64'));
const b64 = (data) => Buffer.from(data).toString('base64');
const rawKey = (paserk) => new Uint8Array(Buffer.from(paserk.split('.').pop(), 'base64url'));
const versionOf = (name) =>
  JSON.parse(readFileSync(createRequire(import.meta.url).resolve.paths(name)
    .map((folder) => `${folder}/${name}/package.json`)
    .find((path) => { try { readFileSync(path); return true; } catch { return false; } }))).version;

const local = (m) => new LocalProtocol(m.ImportKeyFactory, m.ExportKeyFactory, m.EncryptFactory, m.DecryptFactory,
  m.KeyIDFactory, m.ImportWrappingKeyFactory, m.WrapKeyFactory, m.UnwrapKeyFactory, m.WrapKeyWithPasswordFactory,
  m.UnwrapKeyWithPasswordFactory, m.ImportSealingPublicKeyFactory, m.ImportSealingSecretKeyFactory, m.SealKeyFactory,
  m.UnsealKeyFactory);
const signer = (m, ...more) => new PublicProtocol(m.ImportPublicKeyFactory, m.ImportSecretKeyFactory,
  m.ExportSecretKeyFactory, m.SignFactory, m.VerifyFactory, ...more);
const protocols = {
  'v3.local': local(v3local),
  'v3.public': signer(v3public, v3public.PublicKeyIDFactory, v3public.SecretKeyIDFactory,
    v3public.ImportWrappingKeyFactory, v3public.WrapSecretKeyFactory, v3public.UnwrapSecretKeyFactory,
    v3public.WrapSecretKeyWithPasswordFactory, v3public.UnwrapSecretKeyWithPasswordFactory),
  'v4.public': signer(v4public),
};

const importKey = (kind, paserk) => {
  const protocol = protocols[kind];
  if (kind.endsWith('local')) return protocol.ImportKey(paserk, { extractable: true });
  if (paserk.includes('.public.')) return protocol.ImportPublicKey(paserk);
  return protocol.ImportSecretKey(paserk, { extractable: true });
};

const paseto = {
  name: 'paseto',
  describe: {
    kinds: Object.keys(protocols).reverse(), messages: 'json', footers: 'bytes', claims: true, ids: ['v3.local', 'v3.public'],
    wraps: ['k3.local-wrap.pie', 'k3.secret-wrap.pie', 'k3.local-pw', 'k3.secret-pw', 'k3.seal'],
  },
  async maker({ kind, key, message, footer, assertion }) {
    const imported = await importKey(kind, key), protocol = protocols[kind];
    const claims = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes(message)));
    const options = { footer: bytes(footer), implicitAssertion: bytes(assertion), addIssuedAt: false,
      ...('exp' in claims ? {} : { nonExpiring: true }) };
    return kind.endsWith('local') ? () => protocol.Encrypt(imported, claims, options)
      : () => protocol.Sign(imported, claims, options);
  },
  async reader({ kind, key, token, assertion }) {
    const imported = await importKey(kind, key), protocol = protocols[kind];
    const options = { implicitAssertion: bytes(assertion), allowNonExpiring: true };
    return kind.endsWith('local') ? () => protocol.Decrypt(imported, token, options)
      : () => protocol.Verify(imported, token, options);
  },
  result: ({ claims, footer }) => ({ message: b64(JSON.stringify(claims)), footer: b64(footer) }),
  async wrap({ type, key, with: other, cost }) {
    const kind = type.includes('secret') ? 'v3.public' : 'v3.local', protocol = protocols[kind];
    const imported = await importKey(kind, key);
    if (type.endsWith('pie')) {
      const wrapping = await protocol.ImportWrappingKey(rawKey(other));
      return (kind === 'v3.local' ? protocol.WrapKey : protocol.WrapSecretKey)(imported, wrapping);
    }
    if (type.endsWith('pw')) {
      const run = kind === 'v3.local' ? protocol.WrapKeyWithPassword : protocol.WrapSecretKeyWithPassword;
      return run(imported, bytes(other), { iterations: cost.iterations });
    }
    return protocol.SealKey(imported, await protocol.ImportSealingPublicKey(rawKey(other)));
  },
  async unwrap({ type, paserk, with: other }) {
    const kind = type.includes('secret') ? 'v3.public' : 'v3.local', protocol = protocols[kind];
    const options = { extractable: true };
    let key;
    if (type.endsWith('pie')) {
      const wrapping = await protocol.ImportWrappingKey(rawKey(other));
      key = await (kind === 'v3.local' ? protocol.UnwrapKey : protocol.UnwrapSecretKey)(paserk, wrapping, options);
    } else if (type.endsWith('pw')) {
      const run = kind === 'v3.local' ? protocol.UnwrapKeyWithPassword : protocol.UnwrapSecretKeyWithPassword;
      key = await run(paserk, bytes(other), options);
    } else {
      key = await protocol.UnsealKey(paserk, await protocol.ImportSealingSecretKey(rawKey(other)), options);
    }
    return (kind === 'v3.local' ? protocol.ExportKey : protocol.ExportSecretKey)(key);
  },
  keyId({ kind, key }) {
    if (kind === 'v3.local') return protocols[kind].KeyID(key);
    return key.includes('.public.') ? protocols[kind].PublicKeyID(key) : protocols[kind].SecretKeyID(key);
  },
};

const pasetoTs = {
  name: 'paseto-ts',
  describe: { kinds: ['v4.public', 'v4.local'], messages: 'json', footers: 'text', claims: true, ids: [], wraps: [] },
  async maker({ kind, key, message, footer, assertion }) {
    const options = { footer: bytes(footer), assertion: bytes(assertion), addIat: false, addExp: false };
    const run = kind === 'v4.local' ? ts.encrypt : ts.sign, claims = bytes(message);
    return () => run(key, claims, options);
  },
  async reader({ kind, key, token, assertion }) {
    const run = kind === 'v4.local' ? ts.decrypt : ts.verify, options = { assertion: bytes(assertion) };
    return () => run(key, token, options);
  },
  result: ({ payload, footer }) => ({
    message: b64(JSON.stringify(payload)),
    footer: b64(typeof footer === 'string' ? footer : JSON.stringify(footer)),
  }),
};

const libraries = { paseto, 'paseto-ts': pasetoTs };
const operations = {
  hello: async () => ({
    peers: Object.values(libraries).map(({ name, describe }) => ({ name, version: versionOf(name), ...describe })),
  }),
  make: async (request) => ({ token: await (await libraries[request.peer].maker(request))() }),
  read: async (request) => {
    const library = libraries[request.peer];
    return library.result(await (await library.reader(request))());
  },
  wrap: async (request) => ({ paserk: await libraries[request.peer].wrap(request) }),
  unwrap: async (request) => ({ key: await libraries[request.peer].unwrap(request) }),
  key_id: async (request) => ({ id: await libraries[request.peer].keyId(request) }),
  bench: async (request) => {
    const library = libraries[request.peer];
    const run = await (request.what === 'make' ? library.maker(request) : library.reader(request));
    await run();
    const started = performance.now();
    let count = 0, passed;
    while ((passed = (performance.now() - started) / 1000) < request.seconds) {
      await run();
      ++count;
    }
    return { operations: count, seconds: passed };
  },
};

for await (const line of readline.createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  let answer;
  try {
    answer = await operations[request.op](request);
  } catch (error) { // whatever a peer says instead of an answer is its refusal
    answer = { refused: `${error.name}: ${error.message}` };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
