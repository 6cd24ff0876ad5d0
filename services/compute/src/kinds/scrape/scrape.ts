/** Reads one page. Loaded when the first item comes: a thread of another kind needs none of it. */
import { ComputeRefused, type Context } from '@manyhands/worker/task';
import type { OutsideAnswer } from '../../outside/client.ts';
import { outsideClient } from '../../outside/opened.ts';
import { throwIfAgain } from '../../outside/outcome.ts';
import { paceKey } from '../../outside/pace-key.ts';
import { isHtml, isText, readText } from '../../outside/text.ts';
import { beginning, readPage } from './page.ts';
import { mayFetch } from './robots.ts';
import { AGENT, RobotsBook } from './robots-book.ts';

export interface ScrapeParams {
  per_second?: number;
  robots?: boolean;
  timeout_sec?: number;
  max_kb?: number;
  links_max?: number;
  text_max?: number;
}

export type ScrapeItem = string | { url: string };

function urlOf(item: ScrapeItem): string {
  return (typeof item === 'string' ? item : item.url).trim();
}

export interface ScrapeLine {
  url: string;
  /** Where it led to. */
  final_url: string;
  status: number;
  type: string | null;
  title: string | null;
  /** Bytes that were read of it. */
  size: number;
  /** It has more than was read. */
  cut: boolean;
  links: string[];
  text: string;
}

const HEADERS = {
  accept: 'text/html, application/xhtml+xml, text/*;q=0.8, */*;q=0.1',
  'accept-encoding': 'gzip, deflate, br',
  'user-agent': AGENT,
};
const REDIRECTS_MAX = 5;

let opened: RobotsBook | undefined;

export async function scrapePage(item: ScrapeItem, { params, jobId, signal, pace }: Context<ScrapeParams>): Promise<ScrapeLine> {
  const { per_second: perSec = 5, robots: obeys = true, timeout_sec: timeoutSec = 30, max_kb: maxKb = 2_048 } = params;
  const client = outsideClient('scrape');
  const book = (opened ??= new RobotsBook(client));
  const url = urlOf(item);

  async function approve(at: URL): Promise<void> {
    const robots = obeys ? await book.of(at, signal) : undefined;
    if (robots && !mayFetch(robots, at))
      throw new ComputeRefused(`robots.txt of ${at.host} does not allow ${at.pathname.slice(0, 200)}`);
    const rate = Math.min(perSec, robots?.crawlDelaySec ? 1 / robots.crawlDelaySec : Infinity);
    await pace(paceKey(at.host, rate), { perSec: rate });
  }

  const answer = await client.send({
    owner: jobId,
    url,
    method: 'GET',
    headers: HEADERS,
    timeoutMs: timeoutSec * 1_000,
    bytesMax: maxKb * 1_024,
    redirectsMax: REDIRECTS_MAX,
    signal,
    approve,
  });
  throwIfAgain(answer, Date.now());
  return lineOf(url, answer, params);
}

function lineOf(
  url: string,
  answer: OutsideAnswer,
  { links_max: linksMax = 500, text_max: textCharsMax = 10_000 }: ScrapeParams,
): ScrapeLine {
  const { url: at, status, headers, body, isCut } = answer;
  const type = headers['content-type'] ?? '';
  const text = isText(type) || isHtml(type) ? readText(body, type) : '';
  const page = isHtml(type)
    ? readPage(text, at, { linksMax, textCharsMax })
    : { title: null, links: [], text: beginning(text, textCharsMax) };
  return {
    url,
    final_url: at.href,
    status,
    type: type === '' ? null : type.slice(0, 200),
    title: page.title,
    size: body.length,
    cut: isCut,
    links: page.links,
    text: page.text,
  };
}
