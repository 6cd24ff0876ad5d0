import { expect, test } from 'vitest';
import { natsServerPlan, servicePlans, urlOf } from './process-plans.ts';

const setting = {
  port: 8000,
  host: '127.0.0.1',
  compute: 1,
  slots: 3,
  natsUrl: 'nats://127.0.0.1:4222',
  natsPort: undefined,
  natsMonitor: undefined,
  storageGb: 17.5,
  retentionHours: 24,
  webFolder: undefined,
  drainWithinSec: 8,
  killsWorkers: false,
  projectFolder: '/p',
  homeFolder: '/h',
};

test('the outermost drains first and NATS last', () => {
  const nats = natsServerPlan({ program: 'nats-server', configFile: '/c', withParentSignal: undefined });
  const order = [nats, ...servicePlans(setting)].sort((a, b) => a.drainStage - b.drainStage).map(({ name }) => name);
  expect(order).toEqual(['gateway', 'compute', 'coordinator', 'metrics', 'nats-server']);
});

test('every service gets the NATS address and the home, and is started from its build', () => {
  for (const plan of servicePlans(setting)) {
    expect(plan.env).toMatchObject({ NATS_URL: 'nats://127.0.0.1:4222', MANYHANDS_HOME: '/h' });
    expect(plan.args.at(-1)).toBe(`/p/services/${plan.name}/dist/main.js`);
    expect(plan.watchesParent).toBe(true);
  }
  expect(servicePlans(setting).find(({ name }) => name === 'compute')?.env).toMatchObject({ MANYHANDS_SLOTS: '3' });
});

test('what the environment states of another NATS does not reach services that use the one started here', () => {
  const keyFiles = { gateway: '/k/g', coordinator: '/k/co', compute: '/k/c', metrics: '/k/m' };
  const plans = servicePlans({ ...setting, keyFiles });
  for (const { env } of plans)
    expect(env).toMatchObject({ MANYHANDS_NATS_CREDS: '', MANYHANDS_NATS_NKEY: '', MANYHANDS_NATS_DOMAIN: '' });
  expect(plans.map(({ env }) => env['MANYHANDS_NATS_NKEY_FILE'])).toEqual(['/k/g', '/k/co', '/k/c', '/k/m']);
  for (const { env } of servicePlans(setting)) {
    expect(env).not.toHaveProperty('MANYHANDS_NATS_CREDS');
    expect(env).not.toHaveProperty('MANYHANDS_NATS_NKEY_FILE');
  }
});

test('a worker that may take long to end is not killed before', () => {
  const graceOf = (drainWithinSec: number) =>
    servicePlans({ ...setting, drainWithinSec }).find(({ name }) => name === 'compute')?.graceMs;
  expect([graceOf(0), graceOf(8), graceOf(600)]).toEqual([10_000, 10_000, 602_000]);
});

test('several compute processes are numbered', () => {
  const names = servicePlans({ ...setting, compute: 2 }).map(({ name }) => name);
  expect(names).toEqual(['gateway', 'coordinator', 'compute-1', 'compute-2', 'metrics']);
});

test('nats-server is started through the command that ties it to its parent, where there is one', () => {
  const plain = natsServerPlan({ program: '/b/nats-server', configFile: '/c', withParentSignal: undefined });
  expect([plain.program, ...plain.args]).toEqual(['/b/nats-server', '-c', '/c']);
  expect(plain.env).toEqual({ GOMEMLIMIT: '900MiB' });
  const own = { program: '/b/nats-server', configFile: '/c', withParentSignal: undefined, env: { GOMEMLIMIT: '2GiB' } };
  expect(natsServerPlan(own).env).toEqual({ GOMEMLIMIT: '2GiB' });
  const tied = natsServerPlan({
    program: '/b/nats-server',
    configFile: '/c',
    withParentSignal: ['setpriv', '--pdeathsig', 'TERM'],
  });
  expect([tied.program, ...tied.args]).toEqual(['setpriv', '--pdeathsig', 'TERM', '/b/nats-server', '-c', '/c']);
});

test('the address shown is one a person can open', () => {
  expect(urlOf('127.0.0.1', 8000)).toBe('http://127.0.0.1:8000');
  expect(urlOf('0.0.0.0', 8000)).toBe('http://127.0.0.1:8000');
  expect(urlOf('::1', 8000)).toBe('http://[::1]:8000');
  expect(urlOf('10.0.0.5', 80)).toBe('http://10.0.0.5:80');
  expect(urlOf('fe80::1', 80)).toBe('http://[fe80::1]:80');
});

test('the gateway alone is shown whether a worker may be ended from its page', () => {
  const shown = (killsWorkers: boolean) =>
    servicePlans({ ...setting, killsWorkers }).map(({ name, env }) => [name, env['MANYHANDS_KILLS_WORKERS']]);
  expect(shown(true)).toEqual([
    ['gateway', '1'],
    ['coordinator', undefined],
    ['compute', undefined],
    ['metrics', undefined],
  ]);
  expect(shown(false)[0]).toEqual(['gateway', '']);
});
