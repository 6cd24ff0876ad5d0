import { describe, expect, it } from 'vitest';
import { readableLine, readableLineOfService } from './readable-line.ts';

const entry = { level: 'info', time: '2026-01-01T12:03:09.123Z', pid: 7, service: 'gateway', message: 'listening' };

describe('a readable line', () => {
  it('is the message and the fields that matter', () => {
    expect(readableLine(JSON.stringify({ ...entry, port: 8000, note: 'two words' }))).toBe(
      'listening port=8000 note="two words"',
    );
  });

  it('names what is bad, and keeps the stack of an error', () => {
    const line = JSON.stringify({ level: 'error', message: 'turn failed', err: { message: 'm', stack: 'Error: m\n    at x' } });
    expect(readableLine(line)).toBe('ERROR turn failed\nError: m\n    at x');
    expect(readableLine(JSON.stringify({ level: 'warn', message: 'm', err: { message: 'why' } }))).toBe('WARN m\nwhy');
  });

  it('has the time and the service in front where it stands alone', () => {
    expect(readableLineOfService(JSON.stringify(entry))).toBe('12:03:09 gateway listening');
    expect(readableLineOfService('{"level":"info","message":"m"}')).toBe('m');
  });

  it('leaves alone what is no entry', () => {
    for (const line of ['hello', '{"level":"info",', '{"a":1}', '{"level":1,"message":"m"}'])
      for (const show of [readableLine, readableLineOfService]) expect(show(line)).toBe(line);
  });
});
