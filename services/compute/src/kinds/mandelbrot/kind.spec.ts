import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { runTask } from '@manyhands/worker/testing';
import { MANDELBROT, tileOf, viewOf } from '@manyhands/proto/mandelbrot';
import type { Picture } from './finish.ts';
import { mandelbrot, splitTiles } from './kind.ts';
import { MISSING, PALETTE } from './palette.ts';
import { paintTile } from './paint.ts';
import { packRows, pngOf } from './png.ts';

const params = { x: -0.75, y: 0.1, zoom: 20, width: 60, height: 40, iterations: 200 };
const view = viewOf(params);
const painted = paintTile(view, { left: 0, top: 0, width: 60, height: 40 });

/** Reads a PNG by its own rules, with nothing of what wrote it: its size, and the places of its pixels. */
function decoded(file: Uint8Array): { width: number; height: number; palette: Buffer; places: Buffer } {
  const png = Buffer.from(file);
  const chunks = new Map<string, Buffer>();
  expect(png.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    chunks.set(png.toString('latin1', at + 4, at + 8), png.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  expect([...chunks.keys()]).toEqual(['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND']);
  const [width, height] = [chunks.get('IHDR')!.readUInt32BE(0), chunks.get('IHDR')!.readUInt32BE(4)];
  const rows = inflateSync(chunks.get('IDAT')!);
  expect(rows.length).toBe(height * (width + 1));
  const places = Array.from({ length: height }, (_, row) => {
    expect(rows[row * (width + 1)]).toBe(0);
    return rows.subarray(row * (width + 1) + 1, (row + 1) * (width + 1));
  });
  return { width, height, palette: chunks.get('PLTE')!, places: Buffer.concat(places) };
}

const pictureIn = (result: unknown): ReturnType<typeof decoded> => decoded(Buffer.from((result as Picture).png, 'base64'));

describe('mandelbrot', () => {
  it.each([1, 2, 7, 24])('of %i tiles is a PNG of the pixels that one process paints', async (chunks) => {
    const { result, failures } = await runTask(mandelbrot, { params, chunks });
    expect([failures, (result as Picture).width, (result as Picture).height]).toEqual([[], 60, 40]);
    const { width, height, palette, places } = pictureIn(result);
    expect([width, height, Buffer.compare(places, painted), Buffer.compare(palette, PALETTE)]).toEqual([60, 40, 0, 0]);
  });

  it('leaves each tile as a PNG while it runs', async () => {
    const { files } = await runTask(mandelbrot, { params, chunks: 6 });
    expect([...files.keys()]).toEqual([0, 1, 2, 3, 4, 5].map((chunk) => `${chunk}-tile.png`));
    const tile = tileOf(view, 4, 6);
    const { type, bytes } = files.get('4-tile.png')!;
    expect(type).toBe('image/png');
    const read = decoded(bytes);
    expect([read.width, read.height]).toEqual([20, 20]);
    expect(Buffer.compare(read.places, paintTile(view, tile))).toBe(0);
  });

  it('leaves no tiles where there would be more than files', async () => {
    const { files, result } = await runTask(mandelbrot, { params: { width: 16, height: 16 }, chunks: 4_097 });
    expect([files.size, (result as Picture).width]).toEqual([0, 16]);
  });

  it('has a hole where a tile is dead, through which one sees', async () => {
    const { result, failures } = await runTask(mandelbrot, { params, chunks: 6, failAt: (index) => index === 1 });
    expect(failures).toHaveLength(1);
    const { places } = pictureIn(result);
    const { left, top, width, height } = tileOf(view, 1, 6);
    const isHole = (at: number) => {
      const [column, row] = [at % 60, Math.floor(at / 60)];
      return column >= left && column < left + width && row >= top && row < top + height;
    };
    expect(places.every((place, at) => place === (isHole(at) ? MISSING : painted[at]))).toBe(true);
  });

  it('with nothing given is the whole set', () => {
    expect(splitTiles({}, 0, 1)).toEqual({ view: viewOf({}), tile: { left: 0, top: 0, width: 1_024, height: 768 } });
  });

  it.each(Object.entries(MANDELBROT))('refuses %s one past its bounds, for good', (name, { min, max }) => {
    for (const value of [min - 1, max + 1, Number.NaN, 'a', null])
      expect(() => splitTiles({ [name]: value } as never, 0, 1)).toThrow(
        expect.objectContaining({ name: 'ComputeRefused' }) as Error,
      );
    for (const value of [min, max]) expect(splitTiles({ [name]: value }, 0, 1).view).toMatchObject({ [name]: value });
  });

  it('refuses half a pixel', () => {
    expect(() => splitTiles({ width: 16.5 }, 0, 1)).toThrow('width must be a whole number');
  });
});

it('the largest picture of noise fits into an answer', () => {
  const random = Uint8Array.from({ length: 256 * 256 }, (_, at) => Math.imul(at, 2_654_435_761) >>> 24);
  const packed = packRows(random, 256);
  expect(pngOf({ width: 256, height: 256 }, packed).length * (4 / 3) * (4_096 / 256) ** 2).toBeLessThan(64 * 1024 ** 2);
});
