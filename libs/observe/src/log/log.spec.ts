import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLogger, type LogLevel } from './log.ts';
import { REPEATS_MAX, WINDOW_MS } from './repeat-limit.ts';

function lines(level?: LogLevel) {
  const written: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void written.push(JSON.parse(line) as Record<string, unknown>) };
  return { written, log: createLogger('coordinator', { level, destination }) };
}

describe('a log line', () => {
  it('is one JSON object that says service, level, time and what it is about', () => {
    const { written, log } = lines();
    log.info({ job: 'j1', lease: '0-8-1' }, 'lease published');
    expect(written).toEqual([
      {
        service: 'coordinator',
        pid: process.pid,
        level: 'info',
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        job: 'j1',
        lease: '0-8-1',
        message: 'lease published',
      },
    ]);
  });

  it('carries the fields of its child logger', () => {
    const { written, log } = lines();
    log.child({ worker: 'w1' }).warn('slot respawned');
    expect(written[0]).toMatchObject({ worker: 'w1', level: 'warn', message: 'slot respawned' });
  });

  it('shows an error with its message and stack', () => {
    const { written, log } = lines();
    log.error({ err: new Error('boom') }, 'turn failed');
    expect(written[0]).toMatchObject({ err: { message: 'boom', stack: expect.stringContaining('log.spec.ts') } });
  });

  it('below the level is not written', () => {
    const { written, log } = lines('warn');
    log.info('quiet');
    log.error('loud');
    expect(written.map((line) => line['message'])).toEqual(['loud']);
  });

  it('is a sentence where a terminal shows it', () => {
    const written: string[] = [];
    const log = createLogger('worker', { destination: { isTTY: true, write: (line) => void written.push(line) } });
    log.warn({ job: 'j1' }, 'slot respawned');
    expect(written).toEqual([expect.stringMatching(/^\d\d:\d\d:\d\d worker WARN slot respawned job=j1\n$/)]);
  });

  it('goes to stdout when no destination is given', () => {
    expect(() => createLogger('gateway', { level: 'silent' }).info('unseen')).not.toThrow();
  });
});

describe('a sentence that repeats', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is printed so many times, then once with how many were left out', () => {
    const { written, log } = lines('debug');
    for (let at = 0; at < REPEATS_MAX + 5; at++) log.warn({ job: `j${at}` }, `result ${at} could not be stored`);
    expect(written).toHaveLength(REPEATS_MAX);
    log.warn('something else');
    vi.advanceTimersByTime(WINDOW_MS);
    expect(written).toHaveLength(REPEATS_MAX + 2);
    expect(written.at(-1)).toMatchObject({ level: 'warn', repeats: 5, message: expect.stringMatching(/^result \d+ could/) });
  });

  it('of a child counts with its parent, of another error or level apart', () => {
    const { written, log } = lines('debug');
    for (let at = 0; at < REPEATS_MAX; at++) log.warn('no room');
    log.child({ worker: 'w' }).warn('no room');
    expect(written).toHaveLength(REPEATS_MAX);
    log.error('no room');
    log.warn({ err: new Error('why') }, 'no room');
    expect(written).toHaveLength(REPEATS_MAX + 2);
    for (let at = 0; at < 2 * REPEATS_MAX; at++) log.debug('asked for');
    expect(written).toHaveLength(3 * REPEATS_MAX + 2);
  });
});
