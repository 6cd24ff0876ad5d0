/** How many tokens a request takes: at most, before it is sent, and as its answer states. Pure. */

/** Of English text a token has some four characters. */
const CHARS_PER_TOKEN = 4;
/** What states how long an answer may be, by the names that the endpoints have for it. */
const BOUNDS = ['max_completion_tokens', 'max_output_tokens', 'max_tokens'];

type Json = Record<string, unknown>;

/** Its text, and the most it may be answered with, as model servers count it. */
export function tokensAsked(body: Json): number {
  const bound = BOUNDS.map((name) => body[name]).find(isCount) ?? 0;
  const answers = isCount(body['n']) ? Math.max(1, body['n']) : 1;
  return Math.ceil(charsIn(body) / CHARS_PER_TOKEN) + bound * answers;
}

/** Undefined where the answer states nothing. */
export function tokensUsed(answer: unknown): number | undefined {
  const usage = (answer as { usage?: Json | null } | null)?.usage;
  return isCount(usage?.['total_tokens']) ? usage['total_tokens'] : undefined;
}

/** Of all texts but the names of fields. */
function charsIn(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((sum: number, inner) => sum + charsIn(inner), 0);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
