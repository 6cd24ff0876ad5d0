/**
 * Judges pages as Lighthouse does for a phone: 4 times slower than this machine, on a slow line. Each is opened by a Chromium of its own, so each is a first visit.
 *
 * The package is pinned here, and installed at its first use into a folder of its own: nothing else needs its 176 MB.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repository } from '../fixture/system.ts';
import { findChromium } from './executable.mjs';

const run = promisify(execFile);
const version = '13.5.0';
const folder = join(repository, 'node_modules/.cache', `lighthouse-${version}`);
const program = join(folder, 'node_modules/lighthouse/cli/index.js');
/** A report of each page, to read. */
const reports = join(repository, '.reports/lighthouse');

export type Category = 'performance' | 'accessibility' | 'best-practices' | 'seo';

interface Judgement {
  /** From 0 to 100; null: not judged. */
  scores: Readonly<Record<Category, number | null>>;
  /** What all that the page loads has on the wire. */
  kib: number;
  requests: number;
  /** What costs points, with how much of it there is. */
  faults: readonly string[];
}

/** What is read of a report. */
interface Report {
  runtimeError?: { message: string };
  categories: Record<string, { score: number | null; auditRefs: { id: string; weight: number }[] }>;
  audits: Record<string, Audit>;
}
interface Audit {
  title: string;
  score: number | null;
  displayValue?: string;
  details?: { items?: { transferSize?: number }[] };
}

export async function installLighthouse(): Promise<void> {
  if (existsSync(program)) return;
  mkdirSync(folder, { recursive: true });
  const how = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts'];
  await run('npm', ['install', '--prefix', folder, ...how, `lighthouse@${version}`], { cwd: folder });
}

/** `name`: of its report. Throws what hinders Lighthouse from judging the page. */
export async function judge(url: string, name: string, categories: readonly Category[]): Promise<Judgement> {
  mkdirSync(reports, { recursive: true });
  const path = join(reports, name);
  const args = [
    program,
    url,
    '--quiet',
    '--no-enable-error-reporting',
    '--output=json',
    '--output=html',
    `--output-path=${path}`,
    `--only-categories=${categories.join(',')}`,
    '--chrome-flags=--headless --no-sandbox --disable-gpu --disable-component-update',
  ];
  const env = { ...process.env, CHROME_PATH: findChromium(), NODE_OPTIONS: '' };
  await run(process.execPath, args, { env, timeout: 180_000 });
  return judgementOf(JSON.parse(readFileSync(`${path}.report.json`, 'utf8')) as Report);
}

function judgementOf({ runtimeError, categories, audits }: Report): Judgement {
  if (runtimeError) throw new Error(runtimeError.message);
  const scoreOf = (category: Category): number | null => {
    const score = categories[category]?.score;
    return score == null ? null : Math.round(score * 100);
  };
  const loaded = audits['network-requests']?.details?.items ?? [];
  const weighed = Object.values(categories).flatMap(({ auditRefs }) => auditRefs.filter(({ weight }) => weight > 0));
  return {
    scores: {
      performance: scoreOf('performance'),
      accessibility: scoreOf('accessibility'),
      'best-practices': scoreOf('best-practices'),
      seo: scoreOf('seo'),
    },
    kib: Math.round(loaded.reduce((sum, { transferSize = 0 }) => sum + transferSize, 0) / 1_024),
    requests: loaded.length,
    faults: weighed
      .map(({ id }) => audits[id])
      .filter((audit): audit is Audit => audit?.score != null && audit.score < 0.9)
      .map(({ title, displayValue }) => [title, displayValue].filter(Boolean).join(': ')),
  };
}
