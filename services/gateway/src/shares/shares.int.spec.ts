/** Share links as those meet them who make one, who read by one, and who should not. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { putResultsRecord, storeObject } from '@manyhands/broker';
import {
  coreSubjects,
  decode,
  encode,
  keys,
  limits,
  newJobId,
  newInputId,
  newScheduleId,
  type Answer,
  type JobView,
} from '@manyhands/proto';
import { aJobView, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startAccounts, type AccountsFixture } from '../accounts/accounts.fixture.ts';
import { NO_LIMITS, startFixture, startGateway } from '../gateway.fixture.ts';
import { IdentityStore } from '../identity/identity-store.ts';
import { IdentityRecord, type ShareLink } from '../identity/records.ts';
import { newName, newSecret } from '../identity/secrets.ts';

type Client = Awaited<ReturnType<AccountsFixture['register']>>;
type Created = Answer<'ShareCreated'>;

let nats: NatsServer;
let gateway: AccountsFixture;
/** Another gateway of the same system. */
let other: AccountsFixture;
let ann: Client;
let bob: Client;
let admin: Client;

beforeAll(async () => {
  nats = await startNatsServer();
  gateway = await startAccounts(nats.url);
  other = await startAccounts(nats.url);
  [ann, bob, admin] = await Promise.all([gateway.register(), gateway.register(), gateway.admin()]);
});
afterAll(async () => {
  await other?.stop();
  await gateway?.stop();
  await nats?.stop();
});

async function jobOf({ user }: Client, given: Partial<JobView> = {}): Promise<string> {
  const view = aJobView({
    status: 'completed',
    progress: 1,
    result: 7,
    ...given,
    tenant: user.user_id,
    job_id: given.job_id ?? newJobId(),
  });
  await gateway.world.save(view);
  return view.job_id;
}
const post = (client: Client, jobId: string, body: object = {}, query = '') =>
  client.call(`/v1/jobs/${jobId}/shares${query}`, { method: 'POST', body });
async function share(client: Client, jobId: string, body: object = {}): Promise<Created> {
  const { status, json, text } = await post(client, jobId, body);
  if (status !== 201) throw new Error(`a link was answered ${status} ${text}`);
  return json as Created;
}
const read = (token: string, at = gateway) => at.call(`/v1/shares/${token}`);
const listed = async (client: Client, jobId: string, query = '') =>
  ((await client.call(`/v1/jobs/${jobId}/shares${query}`)).json as Answer<'ShareList'>).shares;
const revoke = (client: Client, jobId: string, shareId: string) =>
  client.call(`/v1/jobs/${jobId}/shares/${shareId}`, { method: 'DELETE' });
async function stored(shareId: string): Promise<ShareLink | undefined> {
  const entry = await (await gateway.world.bucket('identity')).get(keys.share(shareId));
  return entry?.value && (decode(IdentityRecord, entry.value) as ShareLink);
}

describe('a share link', () => {
  test('shows one job to who has no account, on every gateway, and nothing of its tenant', async () => {
    const marker = 'MARKER';
    const input = newInputId();
    const schedule = newScheduleId();
    const job = await jobOf(ann, {
      ...{ tags: { team: marker }, workers: { [`${marker}-host-1-ab`]: 3, [`${marker}-host-2-cd`]: 5 }, schedule_id: schedule },
      ...{ input: { id: input, records: 8, by: 'record' }, params: { n: 10 }, duplicate_results: 2, retries: 1 },
    });
    const { token, path, share_id, expires_at, created_at } = await share(ann, job, { expires_in_hours: 24 });
    expect(path).toBe(`/share/${token}`);
    expect(Date.parse(expires_at) - Date.parse(created_at)).toBe(24 * 3_600_000);
    for (const at of [gateway, other]) {
      const { status, json, text, headers } = await read(token, at);
      expect([status, headers.get('cache-control'), headers.get('referrer-policy'), headers.get('x-robots-tag')]).toEqual([
        ...[200, 'no-store', 'no-referrer', 'noindex, nofollow'],
      ]);
      expect(json).toMatchObject({ kind: 'sum', params: { n: 10 }, status: 'completed', result: 7, result_bytes: 1, expires_at });
      expect(json).toMatchObject({ workers: [5, 3], duplicate_results: 2, retries: 1 });
      for (const secret of [marker, job, ann.user.user_id, ann.email, input, schedule, share_id, token])
        expect(text, secret).not.toContain(secret);
    }
    expect((await admin.call('/metrics')).text).not.toContain(token);
  });

  test('is good for a week unless it is made with others, is shown once and kept as a hash', async () => {
    const job = await jobOf(ann);
    const { token, ...rest } = await share(ann, job);
    expect(Date.parse(rest.expires_at) - Date.parse(rest.created_at)).toBe(168 * 3_600_000);
    const { share_id, created_at, expires_at } = rest;
    expect(await listed(ann, job)).toEqual([{ share_id, created_at, expires_at }]);
    const all = await (await gateway.world.bucket('identity')).entries();
    expect(all.map(({ value }) => Buffer.from(value!).toString()).join()).not.toContain(token.slice(16));
    // The server removes it when it ends.
    const subject = `$KV.identity.${keys.share(share_id)}`;
    const message = await gateway.world.broker.manager.streams.getMessage('KV_identity', { last_by_subj: subject });
    expect(message!.header.get('Nats-TTL')).toBe('604800s');
  });

  test('is made without a body, and without accounts', async () => {
    const open = await startFixture(nats.url, { auth: 'off' });
    const job = aJobView({ status: 'running', job_id: newJobId() });
    await open.world.save(job);
    await eventually(async () => expect((await open.call('/v1/jobs')).status).toBe(200));
    const made = await open.call(`/v1/jobs/${job.job_id}/shares`, { method: 'POST' });
    expect(made.status, made.text).toBe(201);
    expect(await open.call(`/v1/shares/${(made.json as Created).token}`)).toMatchObject({
      status: 200,
      json: { status: 'running', result: null },
    });
    await open.stop();
  });

  test('is good no more on any gateway as soon as it is revoked', async () => {
    const job = await jobOf(ann);
    const [kept, revoked] = [await share(ann, job), await share(ann, job)];
    expect((await read(revoked.token, other)).status).toBe(200);
    // What a gateway remembers may be some seconds old.
    const record = await stored(revoked.share_id);
    const remembered = ((type: string) => (type === 'ShareLink' ? record : undefined)) as IdentityStore['known'];
    const memory = vi.spyOn(other.app.get(IdentityStore), 'known').mockImplementation(remembered);
    expect((await revoke(ann, job, revoked.share_id)).status).toBe(204);
    expect((await read(revoked.token, other)).status).toBe(404);
    memory.mockRestore();
    expect((await read(kept.token, other)).status).toBe(200);
    expect((await listed(ann, job)).map(({ share_id }) => share_id)).toEqual([kept.share_id]);
    expect((await revoke(ann, job, revoked.share_id)).status).toBe(404);
  });

  test('ends by itself', async () => {
    const job = await jobOf(ann);
    const { token, share_id } = await share(ann, job, { expires_in_hours: 1 });
    const untilMs = Date.now() + 1_500;
    const record = { ...(await stored(share_id))!, expires_at: new Date(untilMs).toISOString() };
    await (await gateway.world.bucket('identity')).put(keys.share(share_id), encode(record), { ttlMs: 5_000 });
    expect((await read(token)).status).toBe(200);
    await eventually(async () => expect((await read(token)).status).toBe(404));
    expect(Date.now()).toBeGreaterThanOrEqual(untilMs);
    expect(await listed(ann, job)).toEqual([]);
    // The key is there still: it is its time that counts.
    expect(await stored(share_id)).toBeDefined();
  });

  test('is answered in the same way whatever is wrong with it', async () => {
    const job = await jobOf(ann);
    const { token, share_id } = await share(ann, job);
    const gone = await share(ann, await jobOf(ann, { job_id: '0198c0de-0000-7000-8000-000000000001' }));
    await (await gateway.world.bucket('jobs')).remove(keys.job(ann.user.user_id, '0198c0de-0000-7000-8000-000000000001'));
    const wrong = [
      gone.token,
      share_id + newSecret(),
      newName(8) + newSecret(),
      token.slice(0, -1),
      `${token}A`,
      token.toUpperCase(),
      token.replace(/^./, '*'),
      `${share_id}.${'A'.repeat(42)}`,
      '*',
      `share.${share_id}`,
      job,
    ];
    const answers = await Promise.all(wrong.map((each) => read(each)));
    const texts = new Set(answers.map(({ status, text }) => `${status} ${text}`));
    expect([...texts]).toEqual([expect.stringMatching(/^404 \{"detail":"This link is not good/)]);
    for (const { headers } of answers)
      expect([headers.get('cache-control'), headers.get('x-robots-tag')]).toEqual(['no-store', 'noindex, nofollow']);
    expect((await read(token)).status).toBe(200);
  });

  test('is good no more while the account of the job is disabled', async () => {
    const eve = await gateway.register();
    const { token } = await share(eve, await jobOf(eve));
    expect((await admin.call(`/v1/users/${eve.user.user_id}/disable`, { method: 'POST' })).status).toBe(200);
    await eventually(async () => expect((await read(token, other)).status).toBe(404));
    await admin.call(`/v1/users/${eve.user.user_id}/enable`, { method: 'POST' });
    await eventually(async () => expect((await read(token, other)).status).toBe(200));
  });

  test('goes with its job when that is deleted', async () => {
    const job = await jobOf(ann);
    const { token, share_id } = await share(ann, job);
    const bucket = await gateway.world.bucket('jobs');
    const coordinator = gateway.world.broker.connection.subscribe(coreSubjects.deleteJob, {
      callback: (_error, message) =>
        void bucket
          .remove(keys.job(ann.user.user_id, job))
          .then(() => message.respond(encode({ v: 1, type: 'JobDeletion', outcome: 'deleted' }))),
    });
    expect((await ann.call(`/v1/jobs/${job}/delete`, { method: 'POST' })).status).toBe(204);
    coordinator.unsubscribe();
    expect((await read(token)).status).toBe(404);
    expect(await stored(share_id)).toBeUndefined();
  });
});

describe('who may', () => {
  test('make, list and revoke links of a job: its account, and an administrator who names the tenant', async () => {
    const job = await jobOf(ann);
    const { share_id, token } = await share(ann, job);
    const answers = [await bob.call(`/v1/jobs/${job}/shares`), await post(bob, job), await revoke(bob, job, share_id)];
    expect(answers.map(({ status, json }) => ({ status, json }))).toEqual(
      Array(3).fill({ status: 404, json: { detail: 'Job not found.' } }),
    );
    // Nor by a job of one's own.
    expect((await revoke(bob, await jobOf(bob), share_id)).status).toBe(404);
    expect((await read(token)).status).toBe(200);
    const ofAnn = `?tenant=${ann.user.user_id}`;
    expect((await post(admin, job, {}, ofAnn)).status).toBe(201);
    expect(await listed(admin, job, ofAnn)).toHaveLength(2);
    expect((await admin.call(`/v1/jobs/${job}/shares/${share_id}${ofAnn}`, { method: 'DELETE' })).status).toBe(204);
    expect((await read(token)).status).toBe(404);
  });

  test.each([
    [{ expires_in_hours: 0 }, 400],
    [{ expires_in_hours: limits.shareHoursMax + 1 }, 400],
    [{ expires_in_hours: '24' }, 422],
    [{ expires_in_hours: 1.5 }, 422],
    [{ hours: 24 }, 422],
    [[], 422],
  ])('ask for %j: %i', async (body, status) => {
    expect((await post(ann, await jobOf(ann), body)).status).toBe(status);
  });

  test(`have ${limits.sharesPerJobMax} links of one job, and another one once one is revoked`, async () => {
    const [job, another] = [await jobOf(ann), await jobOf(ann)];
    const made: Created[] = [];
    for (let link = 0; link < limits.sharesPerJobMax; link += 1) made.push(await share(ann, job));
    expect(await post(ann, job)).toMatchObject({
      status: 409,
      json: { detail: 'A job has at most 10 share links; revoke one first.' },
    });
    await share(ann, another);
    await revoke(ann, job, made[0]!.share_id);
    await share(ann, job);
  });

  // Seen: all of them were made, since each looked before any was written.
  test('have no more for asking for many at the same time', async () => {
    const job = await jobOf(ann);
    const answers = await Promise.all(Array.from({ length: limits.sharesPerJobMax + 5 }, () => post(ann, job)));
    const good = answers.filter(({ status }) => status === 201).map(({ json }) => (json as Created).share_id);
    expect(good).toHaveLength(limits.sharesPerJobMax);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(5);
    expect((await listed(ann, job)).map(({ share_id: id }) => id)).toEqual(expect.arrayContaining(good));
    expect(await listed(ann, job)).toHaveLength(limits.sharesPerJobMax);
  });

  test(`have ${limits.sharesMax} links of all their jobs`, async () => {
    const many = await gateway.register();
    const job = await jobOf(many);
    const { share_id } = await share(many, job);
    const bucket = await gateway.world.bucket('identity');
    const record = (await stored(share_id))!;
    const add = (name: string) => bucket.put(keys.share(name), encode({ ...record, share_id: name, job_id: newJobId() }));
    await Promise.all(Array.from({ length: limits.sharesMax - 1 }, () => add(newName(8))));
    expect(await post(many, job)).toMatchObject({
      status: 409,
      json: { detail: expect.stringContaining(`at most ${limits.sharesMax}`) },
    });
    await revoke(many, job, share_id);
    await share(many, job);
  });
});

describe('a result', () => {
  const resultOf = async (job: string) => {
    const { text, json } = await read((await share(ann, job)).token);
    return { text, ...(json as Answer<'SharedJob'>) };
  };

  test('is sent as it was stored', async () => {
    const job = await jobOf(ann, { result: 'HERE' });
    const view = JSON.stringify(aJobView({ status: 'completed', tenant: ann.user.user_id, job_id: job, result: 'HERE' }));
    const exact = view.replace('"HERE"', '12345678901234567890123');
    await (await gateway.world.bucket('jobs')).put(keys.job(ann.user.user_id, job), Buffer.from(exact));
    expect((await resultOf(job)).text).toContain('"result":12345678901234567890123');
  });

  test('that is stored apart is there with its beginning; once it is kept no longer, with its size', async () => {
    const job = newJobId();
    const large = Buffer.from(JSON.stringify('é'.repeat(1_000_000)));
    await storeObject(gateway.world.broker, { tenant: ann.user.user_id, owner: job, name: 'o' }, large);
    await jobOf(ann, { job_id: job, result: null, stored: { name: 'o', from: 0, bytes: large.length } });
    const { result, result_bytes, result_part } = await resultOf(job);
    expect([result, result_bytes]).toEqual([null, large.length]);
    expect(result_part).toBe(`"${'é'.repeat((limits.sharedPartBytesMax - 2) / 2)}`);
    const lost = await jobOf(ann, { result: null, stored: { name: 'none', from: 0, bytes: 9_000 } });
    expect(await resultOf(lost)).toMatchObject({ result: null, result_bytes: 9_000, result_part: null });
  });

  test('that is lines is there with the first ones', async () => {
    const job = newJobId();
    const tenant = ann.user.user_id;
    const text = Array.from({ length: 3 }, (_, chunk) => `${JSON.stringify({ chunk })}\n`).join('');
    const manifest = Buffer.from(`${JSON.stringify({ begin: 0, end: 3, text })}\n`);
    await storeObject(gateway.world.broker, { tenant, owner: job, name: 'results' }, manifest);
    await putResultsRecord(gateway.world.broker, {
      ...{ v: 1, type: 'ResultsRecord', job_id: job, tenant, round: 0, chunks: 3, bytes: text.length },
      manifest: { name: 'results', from: 0, bytes: manifest.length },
    });
    await jobOf(ann, { job_id: job, output: 'lines', result: null, results: { bytes: text.length } });
    expect(await resultOf(job)).toMatchObject({ result: null, result_bytes: text.length, result_part: text });
  });
});

test('reads of one address are as many as the limit, right or wrong, then 429', async () => {
  const { app, origin } = await startGateway(nats.url, {
    ...{ auth: 'on', trustedProxies: ['127.0.0.1'] },
    limits: { ...NO_LIMITS, 'share-reads': { count: 3, windowMs: 60_000 } },
  });
  const ask = async (from: string) =>
    (await fetch(`${origin}/v1/shares/${newName(8)}${newSecret()}`, { headers: { 'x-forwarded-for': from } })).status;
  await eventually(async () => expect(await ask('192.0.2.9')).not.toBe(503));
  expect([await ask('192.0.2.1'), await ask('192.0.2.1'), await ask('192.0.2.1'), await ask('192.0.2.1')]).toEqual([
    404, 404, 404, 429,
  ]);
  expect(await ask('192.0.2.2')).toBe(404);
  await app.close();
});

test('the page of a link is kept by no store and listed nowhere; other pages are as before', async () => {
  const webFolder = mkdtempSync(join(tmpdir(), 'manyhands-web-'));
  writeFileSync(join(webFolder, '200.html'), '<!doctype html>');
  const { app, origin } = await startGateway(nats.url, { webFolder });
  const headersOf = async (path: string) => {
    const { headers } = await fetch(`${origin}${path}`, { headers: { accept: 'text/html' } });
    return ['cache-control', 'x-robots-tag', 'referrer-policy'].map((name) => headers.get(name));
  };
  expect(await headersOf(`/share/${newName(8)}${newSecret()}`)).toEqual(['no-store', 'noindex, nofollow', 'no-referrer']);
  expect(await headersOf('/jobs')).toEqual(['no-cache', null, 'no-referrer']);
  await app.close();
  rmSync(webFolder, { recursive: true });
});
