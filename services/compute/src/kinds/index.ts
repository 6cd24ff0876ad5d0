/** The kinds every worker of ours knows; each slot's thread imports this module. */
export { aggregate } from './aggregate/kind.ts';
export { http } from './http/kind.ts';
export { mandelbrot } from './mandelbrot/kind.ts';
export { primes } from './primes/kind.ts';
export { scrape } from './scrape/kind.ts';
export { sum } from './sum/kind.ts';
export { webhook } from './webhook/kind.ts';
