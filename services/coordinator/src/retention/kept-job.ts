/** What `JobKeeper` reads of stored states and views: as little as it needs, of any release, and nothing that throws. Pure. */
import { isFinal, JOB_STATUSES, Tenant, type JobStatus } from '@manyhands/proto';

export interface KeptView {
  status: JobStatus;
  failedChunks: number;
}

/** Whose job a stored state is of; undefined when it does not state it in a way we know. */
export function tenantIn(snapshot: Uint8Array | undefined): string | undefined {
  const { state, tenant } = objectIn(json(snapshot));
  const { submit, tenant: ofState } = objectIn(state);
  const found = [objectIn(submit)['tenant'], ofState, tenant]
    .map((given) => Tenant.safeParse(given))
    .find(({ success }) => success);
  return found?.data;
}

/** Undefined for what is no view. */
export function viewIn(value: Uint8Array | undefined): KeptView | undefined {
  const { status, failed_chunks: failed } = objectIn(json(value));
  const known = JOB_STATUSES.find((one) => one === status);
  return known && { status: known, failedChunks: typeof failed === 'number' ? failed : 0 };
}

export function hasEnded({ status }: KeptView): boolean {
  return isFinal(status);
}

export function mayBeRequeued({ status, failedChunks }: KeptView): boolean {
  return status === 'failed' || (status === 'completed' && failedChunks > 0);
}

function objectIn(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function json(bytes: Uint8Array | undefined): unknown {
  try {
    return bytes && (JSON.parse(new TextDecoder().decode(bytes)) as unknown);
  } catch {
    return undefined;
  }
}
