import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { RELEASE } from './release.ts';

it('is the version of the packages', () => {
  for (const name of ['.', 'libs/manyhands', 'deploy/local']) {
    const text = readFileSync(join(import.meta.dirname, '../..', name, 'package.json'), 'utf8');
    expect((JSON.parse(text) as { version: string }).version, name).toBe(RELEASE);
  }
});
