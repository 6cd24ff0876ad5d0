/** What is wrong with a task, as a test shows it. */
export type FlawName =
  | 'example'
  | 'params'
  | 'split'
  | 'compute'
  | 'not JSON'
  | 'not associative'
  | 'not commutative'
  | 'retry'
  | 'shared partial'
  | 'deaf to abort';

export class TaskFlaw extends Error {
  override readonly name = 'TaskFlaw';
  readonly flaw: FlawName;
  /** Finds it again. */
  readonly seed: number;

  constructor(flaw: FlawName, seed: number, sentence: string, evidence: Readonly<Record<string, unknown>> = {}) {
    const lines = Object.entries(evidence).map(([what, value]) => `\n  ${what}: ${shown(value)}`);
    super(`${sentence} (seed ${seed})${lines.join('')}`);
    this.flaw = flaw;
    this.seed = seed;
  }
}

const SHOWN_LENGTH_MAX = 400;

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return text.length <= SHOWN_LENGTH_MAX ? text : `${text.slice(0, SHOWN_LENGTH_MAX)}…`;
}
