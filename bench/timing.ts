/** The time something takes, and what is usual and what is rare among many times. */
export async function timed<T>(work: () => Promise<T> | T): Promise<{ ms: number; value: T }> {
  const startedAtMs = performance.now();
  const value = await work();
  return { ms: performance.now() - startedAtMs, value };
}

export function percentile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
