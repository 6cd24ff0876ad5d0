import { HttpException, Logger } from '@nestjs/common';
import { describe, expect, test, vi } from 'vitest';
import { ManyhandsError } from '@manyhands/proto';
import { badRequest } from './problem.ts';
import { problemOf, ProblemFilter } from './problem.filter.ts';

const answerOf = (error: unknown) => {
  const problem = problemOf(error, 'GET /x');
  return (
    problem && {
      status: problem.getStatus(),
      ...(problem.getResponse() as object),
      ...(problem.retryAfterSec !== undefined && { retry: problem.retryAfterSec }),
    }
  );
};

function serverError(code: string, statusCode: number): Error {
  return Object.assign(new Error('words of the server'), { code, statusCode });
}

Logger.overrideLogger(false);

describe('what was thrown becomes what is answered', () => {
  test.each([
    [badRequest('n must be 1.'), { status: 400, detail: 'n must be 1.' }],
    [new ManyhandsError('unavailable', 'away'), { status: 503, detail: 'away', retry: 2 }],
    [new ManyhandsError('revision_conflict', 'lost'), { status: 503, detail: 'lost', retry: 2 }],
    [new ManyhandsError('too_large', 'big'), { status: 413, detail: 'big' }],
    [new ManyhandsError('undecodable', 'secret'), undefined],
    [new HttpException('x', 404), { status: 404, detail: 'There is no GET /x. The API is described at /reference.' }],
    [new HttpException('x', 405), { status: 405, detail: 'x' }],
    [
      new HttpException('x', 413, { cause: serverError('FST_ERR_CTP_BODY_TOO_LARGE', 413) }),
      { status: 413, detail: expect.stringContaining('1 MiB') },
    ],
    [serverError('FST_ERR_CTP_INVALID_MEDIA_TYPE', 415), { status: 415, detail: expect.stringContaining('application/json') }],
    [serverError('FST_ERR_OTHER', 418), { status: 418, detail: 'words of the server' }],
    [serverError('FST_ERR_INSIDE', 500), undefined],
    [new TypeError('x is not a function'), undefined],
    ['text', undefined],
  ])('%s', (error, answer) => {
    expect(answerOf(error)).toEqual(answer);
  });
});

function aHost() {
  const sent: unknown[] = [];
  const reply = {
    sent: false,
    raw: { headersSent: false, destroyed: false },
    code: (status: number) => (sent.push(status), reply),
    type: () => reply,
    header: () => reply,
    removeHeader: () => reply,
    send: (body: unknown) => (sent.push(body), reply),
  };
  const host = { switchToHttp: () => ({ getResponse: () => reply, getRequest: () => ({ method: 'GET', url: '/x?y' }) }) };
  return { host: host as never, raw: reply.raw, sent };
}

test('what nobody expected is answered without its words, and not twice', () => {
  const { host, raw, sent } = aHost();
  const filter = new ProblemFilter();
  filter.catch(new Error('secret'), host);
  expect(sent[0]).toBe(500);
  expect(sent[1]).not.toContain('secret');
  raw.headersSent = true;
  filter.catch(new Error('again'), host);
  expect(sent).toHaveLength(2);
});

test('a client that left before its answer began is no error, and whatever else fails is one', () => {
  const logged = vi.spyOn(Logger.prototype, 'error').mockReturnValue();
  const { host, raw, sent } = aHost();
  const closed = Object.assign(new Error('Premature close'), { code: 'ERR_STREAM_PREMATURE_CLOSE' });
  raw.destroyed = true;
  new ProblemFilter().catch(closed, host);
  expect(logged).not.toHaveBeenCalled();
  expect(sent).toEqual([]);
  new ProblemFilter().catch(new Error('other'), host);
  raw.destroyed = false;
  new ProblemFilter().catch(closed, host);
  expect(logged).toHaveBeenCalledTimes(2);
  logged.mockRestore();
});
