/** Maps a list over the workers: uploads the items while they are made, and reads a line for each of them, in their order. */
import { createClient } from 'manyhands/client';
import type { words } from './words.ts';

const client = createClient({ baseUrl: process.env.MANYHANDS_URL ?? 'http://127.0.0.1:8000' });

/** Any iterable will do, also one that takes its time. */
function* books() {
  for (let number = 1; number <= 1_000; number += 1)
    yield { title: `book ${number}`, text: number % 400 === 0 ? '' : 'many hands make light work '.repeat(number).trim() };
}

let counted = 0;
for await (const { index, output, error } of client.map<typeof words>('words', books(), { minLength: 5 }))
  if (error) console.log(`item ${index} failed: ${error.message}`);
  else counted += output.words;
console.log(`${counted} words of five letters and more`);
