import { expect, it } from 'vitest';
import { startSystem } from '../../fixture/system.ts';
import { PICTURE, PICTURE_SHORT, runPicture } from './same-picture.ts';

/** `FULL_SIZES=1`: 4,096 × 4,096 in 1,024 tiles, which takes minutes. */
const full = process.env['FULL_SIZES'] === '1';

it(
  'a picture that is painted while processes are killed is the bytes that one process makes',
  { timeout: full ? 3_600_000 : 240_000 },
  async () => {
    const size = full ? PICTURE : PICTURE_SHORT;
    const system = await startSystem();
    try {
      const { answers, wanted, killed } = await runPicture(system, size, (line) => full && console.log(line));
      expect(answers).toEqual(Array.from({ length: size.runs }, () => wanted));
      expect(killed).toBeGreaterThan(0);
    } finally {
      await system.stop();
    }
  },
);
