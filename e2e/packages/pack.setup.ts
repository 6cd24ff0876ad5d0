/**
 * Packs what can be installed, once for all files of this folder and before a test runs: packing builds, and a build takes `dist` away for a moment from
 * whatever runs from it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { packAll, type Packed } from './packed.ts';

declare module 'vitest' {
  interface ProvidedContext {
    packages: { folder: string; packed: Packed[] };
  }
}

export default function pack(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'manyhands-packed-'));
  project.provide('packages', { folder, packed: packAll(folder) });
  return () => rmSync(folder, { recursive: true, force: true });
}
