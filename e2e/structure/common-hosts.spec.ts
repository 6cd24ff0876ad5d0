/** The commands of docs/operations/common-hosts.md use files, settings and values that exist. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SETTINGS } from '@manyhands/proto/settings';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { repository } from '../fixture/system.ts';

const read = (path: string): string => readFileSync(join(repository, path), 'utf8');
const page = read('docs/operations/common-hosts.md');
const commands = [...page.matchAll(/```sh\n([^]*?)```/g)].flatMap(([, block = '']) => block.trim().split('\n'));

it('every file that a command names is there', () => {
  const named = commands.flatMap((line) => [...line.matchAll(/\b(?:deploy|services)\/[\w./-]+/g)].map(([path]) => path));
  const sources = named.map((path) => path.replace('/dist/', '/src/').replace(/\.js$/, '.ts'));
  expect(sources.length).toBeGreaterThan(8);
  expect(sources.filter((path) => !existsSync(join(repository, path)))).toEqual([]);
  const laid = commands.flatMap((line) => [...line.matchAll(/-f (\S+\.yaml)/g)].map(([, file = '']) => file));
  expect(laid).toHaveLength(3);
  expect(laid.filter((file) => !existsSync(join(repository, 'deploy/compose', file)))).toEqual([]);
});

it('every setting that it names is one, of ours or of compose', () => {
  const compose = read('deploy/compose/.env.example');
  const named = new Set(
    [...page.matchAll(/`?\b((?:MANYHANDS|AUTH|HEALTH|DATABASE|NATS|POSTGRES)(?:_[A-Z_]+)?)\b/g)].map(([, name = '']) => name),
  );
  const ours = new Set(Object.keys(SETTINGS));
  const unknown = [...named].filter((name) => /_|^AUTH$/.test(name) && !ours.has(name) && !compose.includes(`${name}=`));
  expect(named.size).toBeGreaterThan(8);
  expect(unknown).toEqual([]);
});

it('every value that is set for the chart is one of the chart', () => {
  const values = parse(read('deploy/helm/manyhands/values.yaml')) as Record<string, unknown>;
  const set = commands.flatMap((line) => [...line.matchAll(/--set ([\w.]+)=/g)].map(([, path = '']) => path));
  expect(set.length).toBeGreaterThan(5);
  for (const path of set) {
    const value = path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], values);
    expect(value, path).toBeDefined();
  }
});
