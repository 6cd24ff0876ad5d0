/**
 * Computes which member owns which partition, by rendezvous hashing: each member weighs each partition, the heaviest owns it.
 *
 * Invariant: members that see the same list agree without a word, in whatever order they see it. When a member leaves, only
 * its partitions move; when one joins, partitions move only to it. A consistent-hash ring gives the same with more machinery.
 *
 * Ownership is only a plan of who pulls what. Two members may disagree for a moment; the fence is the snapshot's revision.
 */

/** The owner among the live members; undefined when there are none. */
export function ownerOf(partition: string, members: readonly string[]): string | undefined {
  let owner: string | undefined;
  let heaviest = -1;
  for (const member of members) {
    const weight = weigh(member, partition);
    if (weight > heaviest || (weight === heaviest && owner !== undefined && member < owner)) {
      owner = member;
      heaviest = weight;
    }
  }
  return owner;
}

/** The partitions that `self` owns, in the order given; none when `self` is not among the members. */
export function partitionsOf(self: string, members: readonly string[], partitions: readonly string[]): string[] {
  return partitions.filter((partition) => ownerOf(partition, members) === self);
}

/**
 * FNV-1a over `member/partition`, then the 32-bit finaliser of MurmurHash3. FNV alone lets the last characters decide little: of
 * `coordinator-1` and `coordinator-2`, one owned all 16 partitions.
 */
function weigh(member: string, partition: string): number {
  const text = `${member}/${partition}`;
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
