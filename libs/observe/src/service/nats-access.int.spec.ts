import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings, WrongSettings } from '@manyhands/proto/settings';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { NATS_ACCESS_NAMES, natsAccess } from './nats-access.ts';
import { readSecretFiles } from './secret-files.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'access-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const seed = `SU${'A'.repeat(56)}`;
const certificate = '-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n';
const privateKey = '-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----\n';

function written(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const accessOf = (environment: Record<string, string>) => natsAccess('It', readSettings('It', NATS_ACCESS_NAMES, environment));

it('is the text of each file that is named, and nothing where none is', () => {
  expect(accessOf({})).toEqual({});
  expect(
    accessOf({
      MANYHANDS_NATS_CA: written('ca.pem', certificate),
      MANYHANDS_NATS_CERT: written('cert.pem', certificate),
      MANYHANDS_NATS_KEY: written('key.pem', privateKey),
      MANYHANDS_NATS_NKEY: seed,
      MANYHANDS_NATS_DOMAIN: 'hub',
    }),
  ).toEqual({ ca: certificate, cert: certificate, key: privateKey, nkey: seed, domain: 'hub' });
});

it.each([
  [
    'a file that is not there',
    () => ({ MANYHANDS_NATS_CA: join(folder, 'none') }),
    /^It cannot start: MANYHANDS_NATS_CA must .*ENOENT\)\.$/,
  ],
  [
    'a file of something else',
    () => ({ MANYHANDS_NATS_CREDS: written('x', 'x') }),
    /MANYHANDS_NATS_CREDS must name a file that holds "-----BEGIN NATS/,
  ],
  [
    'half of a pair',
    () => ({ MANYHANDS_NATS_CERT: written('c', certificate) }),
    /MANYHANDS_NATS_CERT and MANYHANDS_NATS_KEY belong together/,
  ],
  [
    'two ways to sign in',
    () => ({ MANYHANDS_NATS_NKEY: seed, MANYHANDS_NATS_CREDS: written('u', '-----BEGIN NATS USER JWT-----') }),
    /are both set/,
  ],
])('refuses %s with one sentence', (_, environment, sentence) => {
  expect(() => accessOf(environment())).toThrow(WrongSettings);
  expect(() => accessOf(environment())).toThrow(sentence);
});

it('a secret may stand in a file of its own, which processes that are started need not read', () => {
  const environment: NodeJS.ProcessEnv = { NATS_URL_FILE: written('url', ' nats://t@a:1\n'), MANYHANDS_NATS_NKEY: seed };
  readSecretFiles(environment);
  expect(environment).toEqual({ NATS_URL: 'nats://t@a:1', MANYHANDS_NATS_NKEY: seed });
});

// Seen: the secrets of jobs alone had to stand in the environment.
it('so may a secret that jobs name, for each host it may be sent to', () => {
  const uses = { MANYHANDS_HTTP_SECRETS: 'API_KEY@a.example, API_KEY@b.example, OTHER@c.example', OTHER: 'o' };
  const environment: NodeJS.ProcessEnv = { ...uses, API_KEY_FILE: written('key', 's3cret\n'), FREE_FILE: '/no/such' };
  readSecretFiles(environment);
  expect(environment).toEqual({ ...uses, API_KEY: 's3cret', FREE_FILE: '/no/such' });
  expect(() => readSecretFiles({ ...uses, OTHER_FILE: '/no/such' })).toThrow('OTHER and OTHER_FILE are both set');
});

it.each([
  [
    'that is not there',
    () => ({ NATS_URL_FILE: join(folder, 'none') }),
    /^NATS_URL_FILE names .*none, which cannot be read \(ENOENT\)/,
  ],
  ['that is empty', () => ({ NATS_URL_FILE: written('empty', ' \n') }), /which is empty/],
  ['beside the secret itself', () => ({ NATS_URL_FILE: written('both', 'a'), NATS_URL: 'b' }), /are both set/],
])('a secret file %s is one sentence', (_, environment, sentence) => {
  expect(() => readSecretFiles(environment())).toThrow(sentence);
});
