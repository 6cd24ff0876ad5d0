/** Pages of answered leases as one list. Pure. */
import { AnsweredLeases, decode, ifReadable, limits, type Answer } from '@manyhands/proto';
import { unpackedLeases } from '@manyhands/proto/answered-leases';

/** In the order of their answers, the newest `limits.leasesKeptMax`; a page of another release is left out. */
export function listedLeases(pages: readonly Uint8Array[]): Pick<Answer<'JobLeases'>, 'answered' | 'leases'> {
  const readable = pages
    .map((data) => ifReadable(() => decode(AnsweredLeases, data)))
    .filter((page) => page !== undefined)
    .sort((one, other) => one.first - other.first);
  const newest = readable.at(-1);
  return {
    answered: newest === undefined ? 0 : newest.first + newest.leases.length,
    leases: readable.flatMap(unpackedLeases).slice(-limits.leasesKeptMax),
  };
}
