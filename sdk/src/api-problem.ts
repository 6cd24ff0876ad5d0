/** A request that was refused, or that was not answered. */
import type { FieldProblem } from '@manyhands/proto';

export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  /** HTTP status; 0 when there was no answer (then `cause` has the reason). */
  readonly status: number;
  /** A sentence, or for fields that do not fit one entry each. */
  readonly detail: string | FieldProblem[];
  /** Seconds after which another try makes sense; undefined when the API does not state it. */
  readonly retryAfterSec: number | undefined;
  /** Whether the words are the API's own: false when there was no answer, or a proxy gave one. */
  readonly fromApi: boolean;

  constructor(
    status: number,
    detail: string | FieldProblem[],
    { retryAfterSec, fromApi = true, cause }: { retryAfterSec?: number | undefined; fromApi?: boolean; cause?: unknown } = {},
  ) {
    super(
      typeof detail === 'string' ? detail : detail.map(({ loc, msg }) => `${loc.join('.')}: ${msg}`).join('; '),
      cause === undefined ? undefined : { cause },
    );
    this.status = status;
    this.detail = detail;
    this.retryAfterSec = retryAfterSec;
    this.fromApi = fromApi;
  }

  /** The fields that do not fit; none when the refusal is a sentence. */
  get fields(): readonly FieldProblem[] {
    return typeof this.detail === 'string' ? [] : this.detail;
  }

  /** Whether the same request may succeed later. */
  get retryable(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** Reads the refusal from an answer. A proxy in front answers without our `detail`. */
export async function problemOf(response: Response): Promise<ApiProblem> {
  const detail = detailOf(await response.text().catch(() => ''));
  const retryAfter = Number(response.headers.get('retry-after') ?? NaN);
  return new ApiProblem(response.status, detail ?? `HTTP ${response.status} ${response.statusText}`.trim(), {
    retryAfterSec: Number.isFinite(retryAfter) ? retryAfter : undefined,
    fromApi: detail !== undefined,
  });
}

function detailOf(text: string): string | FieldProblem[] | undefined {
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown };
    if (typeof detail === 'string' && detail !== '') return detail;
    return Array.isArray(detail) && detail.length > 0 ? detail.map(fieldProblem) : undefined;
  } catch {
    return undefined;
  }
}

/** What stands in a list is taken for a problem, whatever of it is missing. */
function fieldProblem(given: unknown): FieldProblem {
  const { loc = [], msg = 'is not valid', type = 'value_error' } = (given ?? {}) as Partial<FieldProblem>;
  return { loc, msg, type };
}
