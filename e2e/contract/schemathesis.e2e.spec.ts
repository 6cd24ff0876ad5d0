/**
 * The API against its description: Schemathesis sends requests made from `/openapi.json`, good ones and bad ones, signed in and not, and holds each answer against
 * what is described. `FULL_SIZES=1` sends some 3,000 each time, in all phases; without it some hundreds.
 *
 * Skipped where Schemathesis is not installed, which is a program of Python: see CONTRIBUTING.md.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { Answer } from '@manyhands/proto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { rest } from '../fixture/rest.ts';
import { repository, startSystem, type System } from '../fixture/system.ts';

const run = promisify(execFile);
const program = [join(repository, 'node_modules/.cache/schemathesis/bin'), ...(process.env['PATH'] ?? '').split(delimiter)]
  .map((folder) => join(folder, 'schemathesis'))
  .find(existsSync);
const isFull = process.env['FULL_SIZES'] === '1';
const checks = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'unsupported_method',
  'allow_header_conformance',
  'ignored_auth',
];
const extent = isFull
  ? ['--phases=examples,coverage,fuzzing,stateful', '--max-examples=10']
  : ['--phases=examples,fuzzing', '--max-examples=2', '--no-shrink'];
const timeout = isFull ? 3_600_000 : 240_000;

/** What it prints; rejects with it where anything was found. */
async function schemathesis(baseUrl: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const given = Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]);
  const settings = ['--seed=1', '--request-timeout=30', '--generation-database=none', '--suppress-health-check=all'];
  const args = ['run', `${baseUrl}/openapi.json`, ...extent, ...settings, `--checks=${checks.join(',')}`, ...given];
  // It leaves a folder where it runs.
  try {
    return (await run(program!, args, { cwd: tmpdir(), timeout, maxBuffer: 64 * 1024 ** 2 })).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`Schemathesis found something:\n${stdout}\n${stderr}`, { cause: error });
  }
}

describe.skipIf(program === undefined)('the API is as /openapi.json describes it, to Schemathesis', () => {
  let system: System;

  beforeAll(async () => {
    const names = ['SUBMITS', 'EXECUTIONS', 'DEMO', 'DEMO_READS', 'SHARE_READS', 'SIGN_INS', 'REGISTRATIONS', 'ADDRESS'];
    const off = Object.fromEntries(names.map((name) => [`MANYHANDS_LIMIT_${name}`, 'off']));
    system = await startSystem({ slots: 1, env: { AUTH: 'on', ...off } });
  });
  afterAll(() => system?.stop());

  it('for clients that are not signed in', { timeout }, async () => {
    expect(await schemathesis(system.baseUrl)).toMatch(/(\d+) generated, \1 passed/);
  });

  it('for an administrator with an API key of every scope', { timeout }, async () => {
    const link = await vi.waitFor(
      () => {
        const [, token] = /\/sign-in#link=(\S+)/.exec(system.output()) ?? [];
        expect(token).toBeDefined();
        return token!;
      },
      { timeout: 30_000, interval: 100 },
    );
    const signedIn = await rest(system.baseUrl).post('/v1/auth/link', { token: link });
    const answer = await fetch(`${system.baseUrl}/v1/keys`, {
      method: 'POST',
      headers: { authorization: `Bearer ${signedIn.json.access_token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'schemathesis', scopes: ['read', 'write', 'admin'] }),
    });
    const { key } = (await answer.json()) as Answer<'KeyCreated'>;
    expect(await schemathesis(system.baseUrl, { Authorization: `Bearer ${key}` })).toMatch(/(\d+) generated, \1 passed/);
  });
});
