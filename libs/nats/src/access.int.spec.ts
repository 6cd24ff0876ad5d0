/** Every way to reach a server and to sign in there, each against a real one that refuses clients without it. */
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { startNatsServer, type NatsServer } from '@manyhands/testkit';
import { nkeys } from '@nats-io/transport-node';
import { afterEach, describe, expect, it } from 'vitest';
import type { ServerAccess } from './dial.ts';
import { openBroker } from './connect.ts';
import type { Broker } from './broker.ts';

const certificate = fileURLToPath(new URL('../../../deploy/local/fixtures/localhost.crt', import.meta.url));
const key = certificate.replace('.crt', '.key');
const pem = readFileSync(certificate, 'utf8');
const tls = `cert_file: ${JSON.stringify(certificate)}, key_file: ${JSON.stringify(key)}`;
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

const servers: NatsServer[] = [];
const brokers: Broker[] = [];
afterEach(async () => {
  await Promise.all(brokers.splice(0).map((broker) => broker.close()));
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function serve(extraConfig: string): Promise<NatsServer> {
  const server = await startNatsServer({ extraConfig, syncAlways: false });
  servers.push(server);
  return server;
}

async function open(url: string, access: ServerAccess = {}, name = 'test', connectTimeoutMs = 10_000): Promise<Broker> {
  const broker = await openBroker({ url, access, name, connectTimeoutMs });
  brokers.push(broker);
  return broker;
}

const streams = async (broker: Broker) => (await broker.manager.getAccountInfo()).streams;
const refused = { code: 'bad_request', message: expect.stringContaining('refuses these credentials') };

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

/** As `nsc` writes it: signed claims about a key. */
function jwt(signer: nkeys.KeyPair, subject: nkeys.KeyPair, name: string, nats: object): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { jti: name, iat: 1_700_000_000, iss: signer.getPublicKey(), name, sub: subject.getPublicKey(), nats };
  const head = `${encode({ typ: 'JWT', alg: 'ed25519-nkey' })}.${encode(claims)}`;
  return `${head}.${Buffer.from(signer.sign(Buffer.from(head))).toString('base64url')}`;
}

describe('signing in', () => {
  it('by an nkey, and by no other', async () => {
    const [user, other] = [nkeys.createUser(), nkeys.createUser()];
    const { url } = await serve(`authorization { users: [{ nkey: ${user.getPublicKey()} }] }`);
    expect(await streams(await open(url, { nkey: text(user.getSeed()) }))).toBe(0);
    await expect(open(url, { nkey: text(other.getSeed()) })).rejects.toMatchObject(refused);
    await expect(open(url)).rejects.toMatchObject(refused);
  });

  it('by a seed that is none is refused before any server is asked, and the seed is not shown', async () => {
    const wrong = `SU${'A'.repeat(56)}`;
    const error = await open('nats://127.0.0.1:1', { nkey: wrong }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'bad_request', message: expect.stringContaining('nkey that was given') });
    expect(String(error)).not.toContain(wrong);
  });

  it('by credentials of an operator, and by none of another operator', async () => {
    const [operator, account, user] = [nkeys.createOperator(), nkeys.createAccount(), nkeys.createUser()];
    const system = nkeys.createAccount();
    const limits = { subs: -1, data: -1, payload: -1, conn: -1, leaf: -1, imports: -1, exports: -1, wildcards: true };
    const storage = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 };
    const { url } = await serve(`
      operator: ${jwt(operator, operator, 'O', { type: 'operator', version: 2 })}
      resolver: MEMORY
      system_account: ${system.getPublicKey()}
      resolver_preload: {
        ${system.getPublicKey()}: ${jwt(operator, system, 'SYS', { type: 'account', version: 2, limits })}
        ${account.getPublicKey()}: ${jwt(operator, account, 'A', { type: 'account', version: 2, limits: { ...limits, ...storage } })}
      }`);
    const credsBy = (signer: nkeys.KeyPair) =>
      `-----BEGIN NATS USER JWT-----\n${jwt(signer, user, 'U', { type: 'user', version: 2, subs: -1, data: -1, payload: -1 })}\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n${text(user.getSeed())}\n------END USER NKEY SEED------\n`;
    expect(await streams(await open(url, { creds: credsBy(account) }))).toBe(0);
    await expect(open(url, { creds: credsBy(nkeys.createAccount()) })).rejects.toMatchObject(refused);
  });
});

describe('TLS', () => {
  const at = ({ url }: NatsServer) => url.replace('nats://127.0.0.1', 'tls://localhost');

  it('believes the authorities that are named, and no others', async () => {
    const server = await serve(`tls { ${tls} }`);
    expect(await streams(await open(at(server), { ca: pem }))).toBe(0);
    await expect(open(at(server), {}, 'test', 500)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/self.signed/i),
    });
  });

  it('refuses a server without it where the address demands it', async () => {
    const server = await serve('');
    await expect(open(at(server), { ca: pem }, 'test', 500)).rejects.toThrow(/tls/);
  });

  it('shows its own certificate to a server that verifies clients', async () => {
    const server = await serve(`tls { ${tls}, ca_file: ${JSON.stringify(certificate)}, verify: true }`);
    expect(await streams(await open(at(server), { ca: pem, cert: pem, key: readFileSync(key, 'utf8') }))).toBe(0);
    await expect(open(at(server), { ca: pem }, 'test', 500)).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('several addresses', () => {
  it('lead to the first that answers, and to the next when that one ends', async () => {
    const [gone, one, other] = [await freePort(), await serve(''), await serve('')];
    const broker = await open(`nats://127.0.0.1:${gone},${one.url},${other.url}`);
    const first = broker.connection.getServer();
    const back = Promise.withResolvers<void>();
    let wasAway = false;
    broker.onConnected((connected) => {
      if (connected && wasAway) back.resolve();
      wasAway ||= !connected;
    });
    await servers.find(({ port }) => first.endsWith(`:${port}`))?.kill();
    await back.promise;
    expect(broker.connection.getServer()).not.toBe(first);
    expect(await streams(broker)).toBe(0);
  });
});

it('replies come under a prefix of the process, and another process may not read them', async () => {
  const [reader, writer] = [nkeys.createUser(), nkeys.createUser()];
  const user = (who: nkeys.KeyPair, prefix: string) =>
    `{ nkey: ${who.getPublicKey()}, permissions: { publish: ">", subscribe: ["${prefix}.>"] } }`;
  const { url } = await serve(`authorization { users: [${user(reader, '_INBOX.reader')}, ${user(writer, '_INBOX.writer')}] }`);
  const own = await open(url, { nkey: text(reader.getSeed()) }, 'reader');
  expect(await streams(own)).toBe(0);
  const other = await open(url, { nkey: text(writer.getSeed()) }, 'writer');
  const refusal = Promise.withResolvers<Error | null>();
  other.connection.subscribe('_INBOX.reader.>', { callback: (error) => refusal.resolve(error) });
  expect(await refusal.promise).toMatchObject({ name: 'PermissionViolationError' });
});

it('a JetStream domain is reached through a leafnode without JetStream of its own', async () => {
  const leafPort = await freePort();
  const hub = await startNatsServer({
    syncAlways: false,
    extraConfig: `leafnodes { listen: "127.0.0.1:${leafPort}" }`,
    domain: 'hub',
  });
  servers.push(hub);
  const atHub = await open(hub.url);
  await atHub.manager.streams.add({ name: 'THINGS', subjects: ['thing.>'] });
  const leaf = await startNatsServer({
    jetStream: false,
    extraConfig: `leafnodes { remotes: [{ url: "nats-leaf://127.0.0.1:${leafPort}" }] }`,
  });
  servers.push(leaf);
  const broker = await open(leaf.url, { domain: 'hub' });
  expect(await streams(broker)).toBe(1);
  await expect(broker.store('thing.a', new Uint8Array(1))).resolves.toMatchObject({ stream: 'THINGS', seq: 1 });
});
