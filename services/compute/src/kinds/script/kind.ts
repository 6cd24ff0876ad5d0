/**
 * Kind `script`: a user's own `map(i, params)` and `reduce(a, b)`, as text in the job.
 *
 * Invariant: a partial is what a chunk left as JSON, whatever the borders of leases, so the answer depends on the number of chunks and on nothing that happens on the way.
 */
import { ComputeRefused, defineTask } from '@manyhands/worker/task';
import type { ScriptCall } from './guest-run.ts';
import { Interpreter } from './interpreter.ts';
import { CODE_LENGTH_MAX, N_MAX, scriptLimits } from './script-limits.ts';

export interface ScriptParams {
  code: string;
  n?: number;
  params?: Record<string, unknown>;
}

interface Span {
  begin: number;
  end: number;
}

/** What `reduce` made, or without one the list of what `map` returned; neither where there were no numbers. */
export interface ScriptPartial {
  value?: unknown;
  list?: unknown[];
}

const limits = scriptLimits(process.env);
// In a process of the sandbox it is there before the first chunk: a merge cannot wait for it.
let interpreter: Interpreter | undefined;
if (process.env['MANYHANDS_SANDBOXED'] !== undefined) await loaded();

export const script = defineTask<ScriptParams, Span, ScriptPartial, ScriptParams, unknown, unknown>({
  name: 'script',
  title: 'Script',
  description:
    'Runs JavaScript of your own: map(i, params) for each i from 0 to n − 1, joined by reduce(a, b) if there is one. The interpreter is 20 to 70 times slower than Node in loops: for more, write a kind of your own (npm create manyhands).',
  params: {
    type: 'object',
    properties: {
      code: {
        title: 'Code',
        description:
          'JavaScript with a function map(i, params) at its top level, which returns a JSON value, and if you want one answer instead of a list, a function reduce(a, b). No imports, no clock, no network. A chunk may take 10 s, hold 64 MB and leave 1 MB, unless the operator set other limits.',
        type: 'string',
        minLength: 1,
        maxLength: CODE_LENGTH_MAX,
        contentMediaType: 'text/javascript',
        'x-declares': ['map'],
      },
      n: {
        title: 'How many times',
        description: 'map is called with each whole number from 0 to n − 1.',
        type: 'integer',
        minimum: 1,
        maximum: N_MAX,
        default: 1,
      },
      params: {
        title: 'Parameters',
        description: 'What map gets as params: any JSON object.',
        type: 'object',
      },
    },
    required: ['code'],
    additionalProperties: false,
  },
  example: {
    code: 'export function map(i, params) {\n  return (i + 1) ** params.power;\n}\n\nexport function reduce(a, b) {\n  return a + b;\n}\n',
    n: 1_000,
    params: { power: 2 },
  },
  chunks: 16,
  softLimitSec: 10,
  hardLimitSec: 12,
  attempts: 3,
  sandboxed: true,
  ordered: true,
  split: ({ n = 1 }, index, total) => ({ begin: Math.floor((index / total) * n), end: Math.floor(((index + 1) / total) * n) }),
  compute(span, { params, signal }) {
    if (span.begin >= span.end) return {};
    const { code } = params;
    const call: ScriptCall = { do: 'compute', ...span, params: textOf(params) };
    const go = (ready: Interpreter): ScriptPartial => answerOf(run(ready, code, call, () => signal.aborted));
    return interpreter === undefined ? loaded().then(go) : go(interpreter);
  },
  merge(left, right, params) {
    if (left.list !== undefined || right.list !== undefined) {
      const list = left.list ?? [];
      for (const one of right.list ?? []) list.push(one);
      return { list };
    }
    if (!('value' in left)) return right;
    if (!('value' in right)) return left;
    if (interpreter === undefined) throw new Error('the interpreter is started again');
    const [a, b] = [JSON.stringify(left.value), JSON.stringify(right.value)];
    return answerOf(run(interpreter, params.code, { do: 'merge', left: a, right: b, params: textOf(params) }));
  },
  finish: ({ list, value }) => list ?? value ?? null,
});

async function loaded(): Promise<Interpreter> {
  return (interpreter = await Interpreter.load(limits));
}

function run(ready: Interpreter, ...call: Parameters<Interpreter['run']>): ReturnType<Interpreter['run']> {
  const answer = ready.run(...call);
  if (ready.isBroken) {
    interpreter = undefined;
    void loaded();
  }
  return answer;
}

function textOf({ params = {} }: ScriptParams): string {
  return JSON.stringify(params);
}

function answerOf(answer: ReturnType<Interpreter['run']>): ScriptPartial {
  if (answer.is === 'refused') throw new ComputeRefused(answer.why);
  if (answer.is === 'out of time')
    throw new ComputeRefused(`the script ran longer than ${limits.timeMs / 1_000} s in one chunk: use more chunks, or do less`);
  try {
    return JSON.parse(answer.text) as ScriptPartial;
  } catch {
    throw new ComputeRefused('the script changed how JSON is written, so its result cannot be read');
  }
}
