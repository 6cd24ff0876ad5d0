import { newJobId } from '@manyhands/proto';
import { aJobFinished } from '@manyhands/testkit';
import { expect, test } from 'vitest';
import { historyCsv } from './history-csv.ts';

const read = (pages: number, perPage: number) => {
  let left = pages;
  return () => {
    left -= 1;
    const jobs = Array.from({ length: perPage }, () => aJobFinished({ job_id: newJobId() }).job);
    return Promise.resolve({ jobs, next_cursor: left > 0 ? newJobId() : null });
  };
};
const rowsOf = async (pages: number, perPage: number, rowsMax: number): Promise<number> =>
  (await textOf(historyCsv(read(pages, perPage), rowsMax))).split('\r\n').length - 2;
async function textOf(pieces: AsyncIterable<Buffer>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece.toString();
  return text;
}

test('a file has as many rows as there are jobs, and no more than it may', async () => {
  expect(await rowsOf(1, 0, 5)).toBe(0);
  expect(await rowsOf(2, 2, 5)).toBe(4);
  expect(await rowsOf(3, 2, 5)).toBe(5);
  expect(await rowsOf(1, 6, 5)).toBe(5);
});

test('texts that a spreadsheet would run are marked, whatever they begin with; numbers are not', async () => {
  for (const text of ['=1', '+1', '-1', '@x', '\tx', '\rx', '\nx', ' =1', '\u00a0=1', '＝1']) {
    const { job } = aJobFinished({ detail: text });
    const csv = await textOf(historyCsv(() => Promise.resolve({ jobs: [job], next_cursor: null }), 1));
    expect(csv).toContain(`'${text}`);
  }
});
