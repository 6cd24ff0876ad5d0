import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it('the WebAssembly module is the one made from the sources beside it (npm run sieve -w services/compute)', () => {
  const made = new WebAssembly.Module(readFileSync(new URL('./sieve.wasm', import.meta.url)));
  const [section] = WebAssembly.Module.customSections(made, 'source');
  const hash = createHash('sha256');
  for (const source of ['sieve.ts', 'wheel.ts'])
    hash.update(readFileSync(new URL(`../../../assembly/${source}`, import.meta.url)));
  expect(Buffer.from(section!).toString()).toBe(hash.digest('hex'));
});
