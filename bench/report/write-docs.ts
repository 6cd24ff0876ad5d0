import type { BenchResult } from '../result.ts';
export function writeDocs(_result: BenchResult): void {}
