import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it('the WebAssembly module is the one made from the source beside it (npm run sieve -w services/compute)', () => {
  const made = new WebAssembly.Module(readFileSync(new URL('./sieve.wasm', import.meta.url)));
  const [section] = WebAssembly.Module.customSections(made, 'source');
  const source = readFileSync(new URL('../../../assembly/sieve.ts', import.meta.url));
  expect(Buffer.from(section!).toString()).toBe(createHash('sha256').update(source).digest('hex'));
});
