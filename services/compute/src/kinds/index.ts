/** The kinds every worker of ours knows; each slot's thread imports this module. */
export { primes } from './primes/kind.ts';
export { sum } from './sum/kind.ts';
