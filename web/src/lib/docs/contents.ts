/** Which pages the docs have, by topic, in the order in which they are read. The build makes each from its file; nothing is copied. Pure. */

export interface DocsPage {
  /** Its address below `/docs/`. */
  slug: string;
  name: string;
  /** What a reader finds there, in a few words. */
  about: string;
  /** From the folder of the project. */
  file: string;
  /** The heading of the part that is the page, where it is not all of the file. */
  part?: string;
}

export interface Topic {
  name: string;
  pages: readonly DocsPage[];
}

/** A page of `docs/`, whose address is its name. */
const of = (slug: string, name: string, about: string): DocsPage => ({ slug, name, about, file: `docs/${slug}.md` });

export const topics: readonly Topic[] = [
  {
    name: 'Begin',
    pages: [
      of('tour', 'Five-minute tour', 'From nothing to a job that survives a killed worker'),
      {
        slug: 'how-a-job-flows',
        name: 'How a job flows',
        about: 'The seven steps of a job, and why you can trust the count',
        file: 'README.md',
        part: 'How a job flows',
      },
      of('best-practices', 'Best practices', 'What goes well, and what goes wrong'),
      of('from-celery', 'Coming from Celery', 'The same things under their names here'),
      of('from-bullmq', 'Coming from Bull', 'The same things under their names here'),
      of('glossary', 'Glossary', 'Each word, and its one meaning'),
    ],
  },
  {
    name: 'Kinds',
    pages: [
      of('simple-kinds', 'Write a kind', 'Two that come with Manyhands, line by line'),
      of('own-kinds', 'All about your own kinds', 'Split, compute, merge; items, retries, rates, logs, tests'),
      of('aggregate', 'Group a file', 'Counts, sums and averages of a CSV or NDJSON file'),
      of('http-and-scrape', 'Requests: http, scrape', 'An endpoint of yours for each item, or pages of the web'),
      of('script', 'Send code: script', 'JavaScript that comes with the job, in a sandbox'),
      of('llm', 'Language models: llm', 'Batches at a rate, and the Batch API of OpenAI'),
    ],
  },
  {
    name: 'Use',
    pages: [
      of('webhooks', 'Webhooks', 'Be notified when a job is over'),
      of('cli', 'Command line', 'Submit, watch, change and diagnose from a terminal'),
      of('states', 'States', 'Of jobs, chunks, leases and all else that has some'),
      of('guarantees', 'Guarantees', 'What holds, under which failures, and which test shows it'),
      of('performance', 'Performance', 'Measured, beside what else does such work'),
      of('operations/why-slow', 'Why is it slow', 'Where the time of a job went, and what to do about it'),
    ],
  },
  {
    name: 'Run it',
    pages: [
      of('operations/deploy', 'On a host of yours', 'Containers, systemd, Kubernetes; keys, health, traces'),
      of('operations/common-hosts', 'On common hosts', 'What a VPS, a container host, a cluster and a PaaS need'),
      of('operations/several-machines', 'On several machines', 'NATS on three machines, workers behind NAT, and the way there'),
      of('settings', 'Settings', 'Every one, with what it is without a value'),
      of('operations/sizing', 'Sizing and scaling', 'How many slots and machines, how much memory'),
      of('operations/capacity', 'Capacity', 'How much is kept, and what is full when'),
      of('operations/accounts', 'Accounts', 'Users, API keys, other providers, limits'),
      of('operations/upgrading', 'Upgrading', 'A newer build amidst jobs, and the way back'),
      of('operations/history', 'History in SQL', 'Finished jobs in SQLite or PostgreSQL'),
      of('operations/logs', 'Logs', 'The fields of each line'),
      of('operations/metrics', 'Metrics', 'Each figure for Prometheus, with alerts and a board'),
      of('operations/nats-cli', 'The nats CLI', 'Everything seen with a plain client of NATS'),
      of('operations/disaster-recovery', 'Disaster recovery', 'A store that is full, lost or damaged; backup'),
    ],
  },
];

/** Where the description of the API is, with what tries it: a page of the gateway itself. */
export const apiReference = '/reference';

export const docsPages: readonly DocsPage[] = topics.flatMap(({ pages }) => pages);

export const addressOf = ({ slug }: Pick<DocsPage, 'slug'>): string => `/docs/${slug}`;

export const pageOf = (slug: string): DocsPage | undefined => docsPages.find((page) => page.slug === slug);

export interface Neighbours {
  before: DocsPage | undefined;
  after: DocsPage | undefined;
}

/** The pages before and after one, across topics. */
export function neighboursOf(slug: string): Neighbours {
  const at = docsPages.findIndex((page) => page.slug === slug);
  return at === -1 ? { before: undefined, after: undefined } : { before: docsPages[at - 1], after: docsPages[at + 1] };
}
