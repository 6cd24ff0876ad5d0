/** A request that was refused, in the words of the API. */
export interface FieldProblem {
  loc: (string | number)[];
  msg: string;
  type: string;
}

export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  /** HTTP status. */
  readonly status: number;
  /** A sentence, or for wrong fields one entry each. */
  readonly detail: string | FieldProblem[];
  /** Seconds after which trying again makes sense; undefined when the API does not say. */
  readonly retryAfterSec: number | undefined;

  constructor(status: number, detail: string | FieldProblem[], retryAfterSec?: number) {
    super(typeof detail === 'string' ? detail : detail.map(({ loc, msg }) => `${loc.join('.')}: ${msg}`).join('; '));
    this.status = status;
    this.detail = detail;
    this.retryAfterSec = retryAfterSec;
  }

  /** Whether the same request may succeed later. */
  get retryable(): boolean {
    return this.status === 429 || this.status >= 500;
  }
}

/** Reads the refusal from an answer, whoever gave it: a proxy in front answers without our `detail`. */
export async function problemOf(response: Response): Promise<ApiProblem> {
  const text = await response.text().catch(() => '');
  const retryAfter = Number(response.headers.get('retry-after') ?? NaN);
  return new ApiProblem(
    response.status,
    detailOf(text) ?? `HTTP ${response.status} ${response.statusText}`.trim(),
    Number.isFinite(retryAfter) ? retryAfter : undefined,
  );
}

function detailOf(text: string): string | FieldProblem[] | undefined {
  try {
    const { detail } = JSON.parse(text) as { detail?: string | FieldProblem[] };
    return detail;
  } catch {
    return undefined;
  }
}
