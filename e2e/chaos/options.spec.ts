import { SETTING_NAMES } from '@manyhands/proto/settings';
import { expect, it } from 'vitest';
import { parseBench } from '../../bench/options.ts';
import { withoutSettings } from '../../deploy/local/src/prepare/tool.ts';
import { parseChaos } from './options.ts';

it('chaos runs what it is asked for, and otherwise the profile of CI with any seed', () => {
  expect(parseChaos({}, 42)).toEqual({ profile: 'ci', seed: 42, stage: undefined, minutes: undefined });
  expect(parseChaos({ profile: 'poison', seed: '7', minutes: '0.5' })).toEqual({
    profile: 'poison',
    seed: 7,
    stage: undefined,
    minutes: 0.5,
  });
});

it.each([
  [{ profile: 'nope' }, /^npm run chaos cannot start: --profile must be one of .*ci.* \(it is "nope"\)\.$/],
  [{ seed: 'x' }, /--seed must be a whole number \(it is "x"\)/],
  [{ minutes: '0' }, /--minutes must be a number above 0/],
  [{ profile: 'ci', stage: 'nope' }, /--stage must be one of /],
])('chaos refuses %o with what it must be', (values, sentence) => expect(() => parseChaos(values)).toThrow(sentence));

it('bench measures all, unless it is told what', () => {
  const all = parseBench({});
  expect(all).toMatchObject({ only: '', classes: ['always', '1s'], rounds: 3, again: false, writeDocs: false });
  expect(all.isWantedPeer('BullMQ flow')).toBe(true);
  expect(parseBench({ peers: 'bee,CELERY' }).isWantedPeer('Celery chord')).toBe(true);
  expect(parseBench({ peers: 'bee' }).isWantedPeer('BullMQ flow')).toBe(false);
  expect(parseBench({ 'no-peers': true }).isWantedPeer('BullMQ flow')).toBe(false);
});

it.each([
  [{ class: 'sometimes' }, /^npm run bench cannot start: --class must be one of always, 1s \(it is "sometimes"\)\.$/],
  [{ rounds: '0' }, /--rounds must be a whole number from 1/],
])('bench refuses %o with what it must be', (values, sentence) => expect(() => parseBench(values)).toThrow(sentence));

it('what a user has set for a system of theirs does not reach the one that is measured', () => {
  const env = withoutSettings({ PATH: '/bin', NATS_URL: 'nats://mine', MANYHANDS_REPLICAS: '3' });
  expect(env['PATH']).toBe('/bin');
  for (const name of SETTING_NAMES) expect(env[name]).toBe('');
});
