/** The job that is being typed, as code that does the same. Pure. */
import type { InputForm, JobView, Lane } from '@manyhands/proto';
import type { Timing, Trying } from '../api.ts';
import { quoted } from '../account/curl-line.ts';
import type { Params } from './params-schema.ts';
import { pythonCode } from './python-code.ts';

/** What the form holds. */
export interface TypedJob {
  kind: string;
  params: Params;
  /** Of a kind with an input: how many that gives, where it is known. */
  chunks: number | null;
  /** In which form its input is; null: it has none. */
  form: InputForm | null;
  priority: Lane;
  timing: Timing;
  trying: Trying;
}

export interface Sample {
  name: string;
  code: string;
}

/** Where the command `manyhands` looks unless another place is stated. */
const usualOrigin = 'http://127.0.0.1:8000';

export function submissionCode(job: TypedJob, origin: string, hasAccounts: boolean): readonly Sample[] {
  return [
    { name: 'curl', code: curl(job, origin, hasAccounts) },
    { name: 'TypeScript', code: typeScript(job, origin, hasAccounts) },
    { name: 'Python', code: pythonCode({ body: bodyOf(job), upload: uploadOf(job), origin, hasAccounts }) },
    // The command submits what runs now.
    ...(isScheduled(job) ? [] : [{ name: 'CLI', code: commandLine(job, origin) }]),
  ];
}

function isScheduled({ timing }: TypedJob): boolean {
  return 'run_at' in timing || 'cron' in timing;
}

function bodyOf({ kind, params, chunks, form, priority, timing, trying }: TypedJob): object {
  return {
    kind,
    params,
    ...(form === null && chunks !== null && { chunks }),
    ...(priority !== 'normal' && { priority }),
    ...timing,
    ...trying,
  };
}

function curl(job: TypedJob, origin: string, hasAccounts: boolean): string {
  const key = hasAccounts ? [`-H "authorization: Bearer $MANYHANDS_KEY"`] : [];
  const json = `-H 'content-type: application/json'`;
  const body = JSON.stringify(bodyOf(job));
  if (job.form === null) return lines(`curl -s ${quoted(`${origin}/v1/jobs`)}`, ...key, json, `-d ${quoted(body)}`);
  const upload = `${origin}${uploadOf(job)!.path}`;
  const idOnly = `sed 's/.*"input_id":"\\([^"]*\\)".*/\\1/'`;
  // The id is put in where the last brace was.
  const withInput = `${quoted(`${body.slice(0, -1)},"input":"`)}"$input"${quoted('"}')}`;
  return [
    lines(
      `input=$(curl -s ${quoted(upload)}`,
      ...key,
      `-H 'content-type: application/octet-stream'`,
      `--data-binary @${fileOf(job.form)} | ${idOnly})`,
    ),
    lines(`curl -s ${quoted(`${origin}/v1/jobs`)}`, ...key, json, `-d ${withInput}`),
  ].join('\n');
}

function uploadOf({ form, kind }: TypedJob): { file: string; path: string } | null {
  return form === null ? null : { file: fileOf(form), path: `/v1/inputs?${new URLSearchParams({ form, kind })}` };
}

function lines(...parts: string[]): string {
  return parts.join(' \\\n  ');
}

function typeScript(job: TypedJob, origin: string, hasAccounts: boolean): string {
  const key = hasAccounts ? `, key: process.env.MANYHANDS_KEY ?? ''` : '';
  const { kind, params, ...settings } = bodyOf(job) as Record<string, unknown>;
  const call =
    job.form === null
      ? [
          `const job = await client.${isScheduled(job) ? 'schedule' : 'submit'}(${literal({ kind, params, ...settings })});`,
          isScheduled(job) ? `console.log(job.next_run_at);` : `console.log((await client.wait(job.job_id)).result);`,
        ]
      : [
          `const items = [/* one for each chunk */];`,
          `for await (const { index, output, error } of client.map(${literal(kind)}, items, ${literal(params)}${Object.keys(settings).length === 0 ? '' : `, ${literal(settings)}`}))`,
          `  console.log(index, output ?? error);`,
        ];
  return [
    `import { createClient } from 'manyhands/client';`,
    ``,
    `const client = createClient({ baseUrl: ${literal(origin)}${key} });`,
    ...call,
  ].join('\n');
}

/** JSON, which is TypeScript too. */
function literal(value: unknown): string {
  return JSON.stringify(value, undefined, 1).replace(/\n\s*/g, ' ');
}

function commandLine(job: TypedJob, origin: string): string {
  const { kind, params, chunks, form, priority, trying } = job;
  const { max_attempts, soft_limit_sec, hard_limit_sec, on_dead_chunk, at_once, max_failed, tags = {}, notify } = trying;
  const hook: JobView['notify'] = typeof notify === 'string' ? { url: notify } : notify;
  const options: readonly (readonly [string, unknown])[] = [
    ['--chunks', form === null ? chunks : undefined],
    ['--attempts', max_attempts],
    ['--soft-limit', soft_limit_sec],
    ['--hard-limit', hard_limit_sec],
    ['--on-dead', on_dead_chunk],
    ['--at-once', at_once],
    ['--max-failed', typeof max_failed === 'object' ? failedText(max_failed) : max_failed],
    ...Object.entries(tags).map((tag) => ['--tag', tag.join('=')] as const),
    ['--notify', hook?.url],
    ['--notify-on', hook?.on?.join(',')],
    ['--notify-secret', hook?.secret],
  ];
  return lines(
    `${origin === usualOrigin ? '' : `MANYHANDS_URL=${origin} `}npx manyhands ${form === null ? `run ${kind}` : `map ${kind} ${fileOf(form)}`}`,
    `--params ${quoted(JSON.stringify(params))}`,
    ...options.flatMap(([name, value]) => (value == null ? [] : [`${name} ${shellWord(String(value))}`])),
    ...(priority === 'normal' ? [] : [`--${priority}`]),
  );
}

function failedText(failed: { count: number } | { share: number }): string {
  return 'count' in failed ? String(failed.count) : `${Number((failed.share * 100).toPrecision(12))}%`;
}

function shellWord(text: string): string {
  return /^[\w.=%-]+$/.test(text) ? text : quoted(text);
}

const endings: Readonly<Record<InputForm, string>> = {
  ndjson: 'ndjson',
  json: 'json',
  csv: 'csv',
  lines: 'txt',
  table: 'csv',
  bytes: 'bin',
};

function fileOf(form: InputForm): string {
  return `items.${endings[form]}`;
}
