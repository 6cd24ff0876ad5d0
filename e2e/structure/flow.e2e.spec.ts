import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { FLOW, type FlowStep } from '@manyhands/proto';
import { describe, expect, it } from 'vitest';
import { repository } from '../fixture/system.ts';

/** The rooms a process of the flow table is built from. */
const rooms: Record<string, readonly string[]> = {
  gateway: ['services/gateway/src'],
  coordinator: ['services/coordinator/src'],
  compute: ['services/compute/src', 'libs/worker/src'],
  metrics: ['services/metrics/src'],
};

function sources(folder: string): string {
  return readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !/\.(spec|fixture)\.ts$/.test(file))
    .map((file) => readFileSync(join(repository, folder, file), 'utf8'))
    .join('\n');
}

const code = Object.fromEntries(Object.entries(rooms).map(([name, folders]) => [name, folders.map(sources).join('\n')]));

/** Processes that build this message. */
function builders(message: string): string[] {
  return Object.keys(rooms).filter((name) => new RegExp(`(type: |headOf\\()'${message}'`).test(code[name]!));
}

describe('the flow table', () => {
  const typed = FLOW.flatMap((row) => row.messages.map((message) => ({ ...row, message }))).filter(
    ({ message }) => !['JobState', 'JobView'].includes(message),
  );

  it.each(typed.filter(({ from }) => from !== 'server'))(
    'step $step: $message is published by $from, and by nobody else but in another step',
    ({ message }) => {
      const publishers = new Set<string>(typed.filter((row) => row.message === message).map(({ from }) => from));
      expect(builders(message)).toEqual(Object.keys(rooms).filter((room) => publishers.has(room)));
    },
  );

  it.each(typed)('step $step: $message is read by $to', ({ message, to }) => {
    const schema = message.startsWith('Lease') && message !== 'LeaseProgress' ? 'LeaseResult|MailboxCommand' : message;
    expect(code[to]).toMatch(new RegExp(`\\b(${schema}|${message})\\b`));
  });

  /** The door of each step: the room or the file where a reader begins. */
  const doors: Record<FlowStep, string> = {
    submit: 'services/gateway/src/submit',
    schedule: 'services/gateway/src/schedule',
    lease: 'libs/worker/src/lease',
    compute: 'services/compute/src/kinds/sum/compute.ts',
    log: 'libs/worker/src/log',
    result: 'libs/worker/src/lease/result-desk.ts',
    reclaim: 'services/coordinator/src/reclaim',
    retry: 'services/coordinator/src/job/retry.ts',
    fold: 'services/coordinator/src/job/fold.ts',
    progress: 'services/gateway/src/progress',
    finish: 'services/coordinator/src/job/finish.ts',
  };

  it.each(Object.entries(doors))('step %s has a room or a file of its name', (step, door) => {
    expect(basename(door)).toContain(step);
    expect(existsSync(join(repository, door)), door).toBe(true);
  });

  it('names the test that holds it', () => {
    const text = readFileSync(join(repository, 'proto/src/flow.ts'), 'utf8');
    expect(text).toContain('e2e/structure/flow.e2e.spec.ts');
  });
});
