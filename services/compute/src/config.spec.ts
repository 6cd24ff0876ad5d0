import { readCommandLine, type CommandLine, type Environment } from '@manyhands/proto/settings';
import { describe, expect, it } from 'vitest';
import { command, readConfig } from './config.ts';

describe('readConfig', () => {
  it('takes all kinds and lanes with a slot per core when nothing is set', () => {
    expect(readConfig({ MANYHANDS_KINDS: '', MANYHANDS_SLOTS: ' ' }, {}, { cores: 6 })).toEqual({
      natsAccess: {},
      natsUrl: 'nats://127.0.0.1:4222',
      slots: 6,
      kinds: undefined,
      kindModules: ['builtin'],
      sandbox: {
        bubblewrap: 'auto',
        limitMs: 10_000,
        env: {
          MANYHANDS_SCRIPT_MEMORY_MB: '64',
          MANYHANDS_SCRIPT_STACK_KB: '512',
          MANYHANDS_SCRIPT_SECONDS: '10',
          MANYHANDS_SCRIPT_OUTPUT_KB: '1024',
        },
      },
      hasModelServer: false,
      lanes: undefined,
      replicas: 1,
      logLevel: 'info',
      retentionHours: 24,
      storageGb: 17.5,
      drainWithinMs: 8_000,
    });
  });

  it('has no more slots than its memory holds', () => {
    const small = { cores: 64, memoryBytes: 512 * 1024 ** 2 };
    expect(readConfig({}, {}, small).slots).toBe(17);
    expect(() => readConfig({ MANYHANDS_SLOTS: '18' }, {}, small)).toThrow(
      /^Compute cannot start: MANYHANDS_SLOTS is 18, .* Set it to 17 at most, or let it use more \(compose: MANYHANDS_COMPUTE_MEMORY in \.env;/,
    );
  });

  it('dedicates the worker to kinds and lanes', () => {
    expect(
      readConfig({ MANYHANDS_KINDS: 'primes, sum', MANYHANDS_LANES: 'low', MANYHANDS_SLOTS: '3', MANYHANDS_REPLICAS: '3' }),
    ).toMatchObject({
      kinds: ['primes', 'sum'],
      lanes: ['low'],
      slots: 3,
      replicas: 3,
    });
  });

  it.each([
    [{ MANYHANDS_SLOTS: '0' }, /MANYHANDS_SLOTS must be a whole number from 1 to 256 \(it is "0"\)/],
    [{ MANYHANDS_SLOTS: 'many' }, /MANYHANDS_SLOTS must be a whole number/],
    [{ MANYHANDS_SLOTS: '1.5' }, /MANYHANDS_SLOTS must be a whole number/],
    [{ MANYHANDS_LANES: 'low,urgent' }, /MANYHANDS_LANES .*"low,urgent"/],
    [{ MANYHANDS_KINDS: 'Primes' }, /MANYHANDS_KINDS must be kinds separated by commas/],
    [{ MANYHANDS_REPLICAS: '2' }, /MANYHANDS_REPLICAS must be 1/],
    [{ MANYHANDS_RETENTION_HOURS: '0' }, /MANYHANDS_RETENTION_HOURS must be a whole number of hours from 1 to 168/],
    [{ MANYHANDS_DRAIN_WITHIN: '-1' }, /MANYHANDS_DRAIN_WITHIN must be a number of seconds from 0 to 86400/],
    [{ MANYHANDS_LOG_LEVEL: 'loud' }, /MANYHANDS_LOG_LEVEL must be one of trace, debug/],
  ])('refuses %o with a sentence that names the variable', (env, sentence) => {
    expect(() => readConfig(env)).toThrow(sentence);
  });
});

describe('command', () => {
  const drainOf = (args: string[], env: Environment = {}) => {
    const { environment, spelled } = readCommandLine(command, args, env) as CommandLine;
    return readConfig(environment, spelled).drainWithinMs;
  };

  it('lets the command line say how long a drain may take', () => {
    const env = { MANYHANDS_DRAIN_WITHIN: '60' };
    expect([drainOf([], env), drainOf(['--drain-within', '600'], env), drainOf(['--drain-within=0'])]).toEqual([
      60_000, 600_000, 0,
    ]);
  });

  it('refuses what it does not know, and what cannot be, as it was written', () => {
    expect(() => drainOf(['--drain'])).toThrow(
      "Compute cannot start: Unknown option '--drain'; it takes --drain-within, --help.",
    );
    expect(() => drainOf(['--drain-within', 'long'])).toThrow(
      'Compute cannot start: --drain-within must be a number of seconds from 0 to 86400 (it is "long").',
    );
  });
});
