/** What task code may ask of `context.pace`. Pure. */
import { KernelFault } from './kernel-error.ts';

/** As `limits`. */
export const PACE = { nameCharsMax: 100, perSecMin: 0.001, perSecMax: 10_000 } as const;

/** Throws an error of the task code for what can never be a rate. */
export function checkRate(name: unknown, rate: unknown): void {
  const { nameCharsMax, perSecMin, perSecMax } = PACE;
  if (typeof name !== 'string' || name === '' || name.length > nameCharsMax)
    throw refused(`the key must be a text of 1 to ${nameCharsMax} characters, such as the name of a host`);
  const perSec = typeof rate === 'object' && rate !== null && 'perSec' in rate ? rate.perSec : undefined;
  if (typeof perSec !== 'number' || !(perSec >= perSecMin && perSec <= perSecMax))
    throw refused(`the rate must be an object with perSec, a number from ${perSecMin} to ${perSecMax}: { perSec: 50 }`);
}

function refused(what: string): KernelFault {
  return new KernelFault({ code: 'compute_refused', message: `pace: ${what}`, retryable: false });
}
