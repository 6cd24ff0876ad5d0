import { describe, expect, it } from 'vitest';
import { searchOver } from './search.ts';
import type { SearchedSection } from './sections.ts';

const section = (change: Partial<SearchedSection>): SearchedSection => ({
  slug: 'guarantees',
  id: '',
  page: 'What is promised',
  heading: '',
  text: '',
  ...change,
});
const look = searchOver([
  section({ text: 'Each chunk is counted once, whichever lease computed it.' }),
  section({ slug: 'states', page: 'States', id: 'a-lease', heading: 'A lease', text: 'It is issued, and then delivered.' }),
  section({
    slug: 'settings',
    page: 'Settings',
    id: 'MANYHANDS_SLOTS',
    heading: 'MANYHANDS_SLOTS',
    text: 'Threads of a worker.',
  }),
]);
const found = (text: string) => look(text, 9).map(({ address }) => address);

describe('searchOver', () => {
  it('has who is about it before who only names it', () => {
    expect(found('lease')).toEqual(['/docs/states#a-lease', '/docs/guarantees']);
  });

  it.each([
    ['the start of a word', 'deliv', '/docs/states#a-lease'],
    ['a letter typed wrong', 'delivired', '/docs/states#a-lease'],
    ['a part of a name', 'slots', '/docs/settings#MANYHANDS_SLOTS'],
    ['every word, wherever it stands in the part', 'promised counted', '/docs/guarantees'],
  ])('finds %s', (_, text, address) => {
    expect(found(text)[0]).toBe(address);
  });

  it('takes a short word as it was typed', () => {
    expect(found('leese')).toEqual([]);
  });

  it('finds nothing where one word is nowhere, or none was typed', () => {
    expect(found('lease elsewhere')).toEqual([]);
    expect(found('  ')).toEqual([]);
  });

  it('shows where in the text it was found, and no more than asked for', () => {
    expect(look('counted', 9)[0]!.snippet).toContainEqual({ text: 'counted', found: true });
    expect(look('lease', 1)).toHaveLength(1);
  });
});
