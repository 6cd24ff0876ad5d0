/** What kernels are given by their thread, for tests that run them without one. */
import { Filing } from './filing.ts';
import type { KernelTools } from './kernel-context.ts';
import { textOf } from './line-text.ts';
import { LogLines } from './log-lines.ts';
import { Secrets } from './secrets.ts';

/** Keeps what was logged in `logged`. */
export function aKernelTools(environment: Record<string, string> = {}): KernelTools & { logged: string[] } {
  const secrets = new Secrets(environment);
  const logged: string[] = [];
  const log = new LogLines(
    (line) => void logged.push(textOf(line)),
    (text) => secrets.mask(text),
  );
  return { log, secrets, logged, pacing: { wait: async () => {} }, filing: new Filing(() => {}) };
}
