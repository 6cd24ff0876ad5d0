import { describe, expect, it } from 'vitest';
import { BUCKETS } from '../buckets.ts';
import { STREAMS } from '../streams.ts';
import { IDENTITIES, SERVICE_IDENTITIES, TABLE } from './identities.ts';
import { ASSET_KEYS, permissionsOf, streamNameOf } from './permissions.ts';
import { renderAuthorization } from './render.ts';

const publishOf = (identity: (typeof IDENTITIES)[number]) => permissionsOf(identity).publish;

describe('permissions', () => {
  it.each(SERVICE_IDENTITIES)('%s may not make, change, remove, copy or move a stream, nor ask the system', (identity) => {
    for (const subject of publishOf(identity)) {
      expect(subject).not.toMatch(/^(>|\*|\$JS\.>|\$JS\.API\.>|\$JS\.API\.\*|\$SYS)/);
      expect(subject).not.toMatch(/STREAM\.(CREATE|UPDATE|DELETE|SNAPSHOT|RESTORE|LEADER|PEER|NAMES)|META|SERVER/);
      if (/^\$JS\.API\.(?!INFO$|STREAM\.LIST$)/.test(subject))
        expect(
          ASSET_KEYS.some((key) => subject.split('.').includes(streamNameOf(key))),
          subject,
        ).toBe(true);
    }
  });

  it('only the provisioning identity makes streams, and it neither reads nor writes a message', () => {
    const { publish, subscribe } = permissionsOf('provision');
    expect(publish).toEqual(expect.arrayContaining(['$JS.API.STREAM.CREATE.*', '$JS.API.STREAM.UPDATE.*']));
    for (const subject of publish) expect(subject).not.toMatch(/GET|NEXT|PURGE|DELETE|\$KV|^(job|work|>)/);
    expect(subscribe).toEqual(['_INBOX.provision.>']);
  });

  it('each listens on inboxes of its own, and to no wildcard over others', () => {
    for (const identity of [...SERVICE_IDENTITIES, 'provision'] as const) {
      expect(permissionsOf(identity).subscribe[0]).toBe(`_INBOX.${identity}.>`);
      for (const subject of permissionsOf(identity).subscribe.slice(1)) expect(subject).toMatch(/^(live|control|query)\./);
    }
  });

  it('nothing of accounts is seen or written by another service than the gateway', () => {
    const names = (identity: (typeof SERVICE_IDENTITIES)[number]) =>
      publishOf(identity).filter((subject) => subject.includes('KV_identity') || subject.includes('$KV.identity'));
    expect(names('gateway').length).toBeGreaterThan(5);
    for (const identity of ['coordinator', 'compute', 'metrics'] as const) expect(names(identity)).toEqual([]);
  });

  it('whoever publishes into a stream may ask whether it is stored', () => {
    const first = (subject: string): string => subject.split('.')[0]!;
    const lacking = SERVICE_IDENTITIES.flatMap((identity) => {
      const into = new Set(TABLE[identity].publishes.map(first));
      const streams = (Object.keys(STREAMS) as (keyof typeof STREAMS)[]).filter((key) =>
        STREAMS[key].subjects.some((subject) => into.has(first(subject))),
      );
      return streams
        .filter((key) => !publishOf(identity).includes(`$JS.API.STREAM.MSG.GET.${STREAMS[key].name}`))
        .map((key) => `${identity}: ${key}`);
    });
    expect(lacking).toEqual([]);
  });

  it('each stream and bucket is used by a service', () => {
    const used = new Set(Object.values(TABLE).flatMap(({ assets }) => Object.keys(assets)));
    expect(ASSET_KEYS.filter((key) => !used.has(key))).toEqual([]);
    for (const key of Object.keys(BUCKETS) as (keyof typeof BUCKETS)[])
      expect(SERVICE_IDENTITIES.filter((identity) => publishOf(identity).includes(`$KV.${BUCKETS[key].name}.>`))).not.toEqual([]);
    expect(streamNameOf('jobState')).toBe('KV_job_state');
  });
});

it('a configuration names each identity by its key once, and answers are allowed to those that give any', () => {
  const keys = Object.fromEntries(IDENTITIES.map((identity) => [identity, `U-${identity}`])) as Record<
    (typeof IDENTITIES)[number],
    string
  >;
  const text = renderAuthorization(keys, [{ identity: 'compute', name: 'x', password: 'y"' }]);
  for (const key of Object.values(keys)) expect(text.split(`nkey: ${key}`)).toHaveLength(2);
  expect(text.match(/allow_responses/g)).toHaveLength(2);
  const rights = /nkey: U-compute, (permissions: .*)/.exec(text)![1]!;
  expect(text).toContain(`{ user: "x", password: "y\\"", ${rights}`);
});
