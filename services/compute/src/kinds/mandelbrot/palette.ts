/** The colours of the picture: 256 places, of which a pixel is one. */

/** Points of the set. */
export const INSIDE = 0;
/** Places 1 … `COLOURS` go round: the last is beside the first. */
export const COLOURS = 254;
/** Pixels of tiles that are dead: nothing is seen there. */
export const MISSING = 255;

/** Colours, and where on the way round they are. */
const STOPS = [
  [0, 0, 7, 100],
  [41, 32, 107, 203],
  [107, 237, 255, 255],
  [163, 255, 170, 0],
  [218, 48, 2, 24],
  [COLOURS, 0, 7, 100],
] as const;

/** Red, green and blue of each place. */
export const PALETTE: Uint8Array = paletteOf();

function paletteOf(): Uint8Array {
  const palette = new Uint8Array(3 * 256);
  for (let at = 0; at < COLOURS; at += 1) {
    const next = STOPS.findIndex(([end]) => end > at);
    const [from, to] = [STOPS[next - 1]!, STOPS[next]!];
    const share = (at - from[0]) / (to[0] - from[0]);
    for (const part of [1, 2, 3] as const)
      palette[3 * (at + 1) + part - 1] = Math.round(from[part] + share * (to[part] - from[part]));
  }
  return palette;
}
