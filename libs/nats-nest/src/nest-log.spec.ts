import { createLogger, type LogFields } from '@manyhands/observe';
import { describe, expect, it } from 'vitest';
import { NestLog } from './nest-log.ts';

function logged(write: (log: NestLog) => void, about?: () => LogFields): Record<string, unknown>[] {
  const lines: string[] = [];
  const log = createLogger('gateway', { level: 'info', destination: { write: (line: string) => void lines.push(line) } });
  write(new NestLog(log, about));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe("Nest's log lines", () => {
  it('come out as ours, with who speaks as the step', () => {
    expect(logged((log) => log.warn('slow', 'Bridge'))).toMatchObject([{ service: 'gateway', step: 'Bridge', message: 'slow' }]);
    expect(logged((log) => log.log('ready', 'Bridge'))).toMatchObject([{ step: 'Bridge', message: 'ready' }]);
  });

  it('state what the work at hand is about', () => {
    const about = (): LogFields => ({ job: 'j', trace: 't' });
    const lines = logged((log) => [log.warn('slow', 'Bridge'), log.log('a'), log.error(new Error('b'))], about);
    expect(lines.map(({ job, trace, message }) => [job, trace, message])).toEqual(
      ['slow', 'a', 'b'].map((text) => ['j', 't', text]),
    );
  });

  it('keep an error with its cause and say its message', () => {
    const [line] = logged((log) => log.error(new Error('broken')));
    expect(line).toMatchObject({ message: 'broken', err: { message: 'broken' } });
  });

  it('leave out what Nest tells of every route, and debug lines', () => {
    expect(logged((log) => log.log('Mapped {/v1/jobs, GET} route', 'RouterExplorer'))).toEqual([]);
    expect(logged((log) => log.debug('detail'))).toEqual([]);
  });
});
