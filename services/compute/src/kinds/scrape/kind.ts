/** Kind `scrape`: reads pages of the web, and leaves a line for each. */
import { defineTask, items } from '@manyhands/worker/task';
import type { ScrapeItem, ScrapeLine, ScrapeParams } from './scrape.ts';

/** When the first item comes: a thread of another kind needs none of it. */
let loaded: typeof import('./scrape.ts') | undefined;

export const scrape = defineTask<ScrapeParams, ScrapeItem, ScrapeLine, ScrapeParams, ScrapeItem>({
  name: 'scrape',
  title: 'Read web pages',
  description:
    'Reads each address, and leaves its status, title, links, size and text. Keeps to robots.txt, and to a rate for each host.',
  params: {
    type: 'object',
    properties: {
      per_second: {
        title: 'Requests a second',
        description: 'To one host, of all workers together; fewer where its robots.txt asks for it.',
        type: 'number',
        minimum: 0.001,
        maximum: 10_000,
        default: 5,
      },
      robots: {
        title: 'Keep to robots.txt',
        description: 'Leave it on for sites that are not yours.',
        type: 'boolean',
        default: true,
      },
      timeout_sec: {
        title: 'Seconds for a page',
        description: 'After that a page has failed, and is tried again.',
        type: 'integer',
        minimum: 1,
        maximum: 300,
        default: 30,
      },
      max_kb: {
        title: 'KiB of a page',
        description: 'More is not read; what was read is still used.',
        type: 'integer',
        minimum: 1,
        maximum: 10_240,
        default: 2_048,
      },
      links_max: {
        title: 'Links of a page',
        description: 'More are left out.',
        type: 'integer',
        minimum: 0,
        maximum: 1_000,
        default: 500,
      },
      text_max: {
        title: 'Characters of text',
        description: 'More are left out.',
        type: 'integer',
        minimum: 0,
        maximum: 50_000,
        default: 10_000,
      },
    },
    additionalProperties: false,
  },
  example: { per_second: 2 },
  input: items<ScrapeItem>({
    anyOf: [
      { type: 'string', minLength: 1, maxLength: 8_192 },
      { type: 'object', properties: { url: { type: 'string', minLength: 1, maxLength: 8_192 } }, required: ['url'] },
    ],
  }),
  attempts: 4,
  concurrency: 32,
  compute: async (item, context) => (loaded ??= await import('./scrape.ts')).scrapePage(item, context),
});
