import { describe, expect, it } from 'vitest';
import { createLogger, type LogLevel } from './log.ts';

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

  it('goes to stdout when no destination is given', () => {
    expect(() => createLogger('gateway', { level: 'silent' }).info('unseen')).not.toThrow();
  });
});
