import { expect, test } from 'vitest';
import { parseDemo } from './options.ts';

test('without arguments the primes below a billion are counted in 64 chunks', () => {
  expect(parseDemo([])).toEqual({ kind: 'primes', params: { n: 1_000_000_000 }, chunks: 64, url: undefined, keep: false });
});

test('everything can be changed', () => {
  const args = ['--kind', 'sum', '--n', '1e6', '--chunks', '7', '--url', 'http://localhost:9000/', '--keep'];
  expect(parseDemo(args)).toEqual({ kind: 'sum', params: { n: 1_000_000 }, chunks: 7, url: 'http://localhost:9000', keep: true });
  expect(parseDemo(['--n', '2_000_000'])).toMatchObject({ params: { n: 2_000_000 } });
});

test('a number too large to be exact stays a text', () => {
  expect(parseDemo(['--n', '1e18'])).toMatchObject({ params: { n: '1000000000000000000' } });
  expect(parseDemo(['--n', '9007199254740993'])).toMatchObject({ params: { n: '9007199254740993' } });
});

test('what is wrong is named together with what would be right', () => {
  expect(() => parseDemo(['--n', 'many'])).toThrow('--n must be a whole number from 1, like 1000000000 or 1e9 (it is "many").');
  expect(() => parseDemo(['--n', '0'])).toThrow('--n must be');
  expect(() => parseDemo(['--chunks', '0'])).toThrow('--chunks must be a whole number from 1');
  expect(() => parseDemo(['--url', 'localhost:8000'])).toThrow(
    '--url must be an address like http://localhost:8000 (it is "localhost:8000").',
  );
  expect(() => parseDemo(['--url', 'https://example.com/manyhands'])).toThrow(
    '--url must be the address of a gateway alone, like https://example.com (it is "https://example.com/manyhands").',
  );
  expect(() => parseDemo(['--fast'])).toThrow("Unknown option '--fast'; it takes --kind, --n, --chunks, --url, --keep, --help.");
});

test('help is asked for with --help', () => {
  expect(parseDemo(['--help'])).toBe('help');
});
