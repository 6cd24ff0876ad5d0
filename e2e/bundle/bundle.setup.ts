/** Bundles the packages before a test runs: once, and again only when they are others. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

export default function bundle(): void {
  const program = join(import.meta.dirname, 'bundle.ts');
  const flags = ['--experimental-import-meta-resolve', '--disable-warning=ExperimentalWarning'];
  execFileSync(process.execPath, [...flags, program], { stdio: ['ignore', 'inherit', 'inherit'] });
}
