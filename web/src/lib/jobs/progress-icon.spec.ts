import { expect, it } from 'vitest';
import { progressIcon } from './progress-icon.ts';

const filled = (icon: string) =>
  decodeURIComponent(icon)
    .match(/stroke-dasharray="([\d.]+) ([\d.]+)"/g)!
    .at(-1)!;

it('a ring fills with the job in twentieths, and is whole in the colour of its end', () => {
  expect(filled(progressIcon('running', 0.5))).toBe('stroke-dasharray="34.56 69.12"');
  expect(progressIcon('running', 0.51)).toBe(progressIcon('running', 0.49));
  expect(progressIcon('running', 7)).toBe(progressIcon('running', 1));
  expect(filled(progressIcon('failed', 0.1))).toBe('stroke-dasharray="69.12 69.12"');
  expect(new Set((['completed', 'gaps', 'failed', 'cancelled'] as const).map((each) => progressIcon(each, 1))).size).toBe(4);
});
