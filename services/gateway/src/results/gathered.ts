/** Joins small pieces, so that many segments and letters do not become as many writes. Pure. */
const gatheredBytesMin = 64 * 1024;

/** Pieces of 64 KiB or more, but for the last one; what is larger stays as it is. */
export async function* gathered(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  for await (const piece of pieces) {
    if (piece.length === 0) continue;
    held.push(piece);
    heldBytes += piece.length;
    if (heldBytes < gatheredBytesMin) continue;
    yield held.length === 1 ? piece : Buffer.concat(held);
    held = [];
    heldBytes = 0;
  }
  if (heldBytes > 0) yield Buffer.concat(held);
}
