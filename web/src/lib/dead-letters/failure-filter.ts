/** What the page of failures shows lives in its address, so that it can be linked and gone back to. Pure. */
import { limits } from '@manyhands/proto/limits';

export interface FailureFilter {
  /** Words that a failure of the group has. */
  text: string | null;
  kind: string | null;
  /** Whose jobs, for administrators: `*` of all users; null: one's own. */
  tenant: string | null;
  /** The fingerprint of the group that is open. */
  group: string | null;
}

export const noFailureFilter: FailureFilter = { text: null, kind: null, tenant: null, group: null };

/** A text without a word is none. */
export function failureFilterOf(query: { get(name: string): string | null }): FailureFilter {
  const text = query.get('text')?.slice(0, limits.searchCharsMax) ?? '';
  return {
    text: text.trim() === '' ? null : text,
    kind: query.get('kind') || null,
    tenant: query.get('tenant') || null,
    group: query.get('group') || null,
  };
}

export function failureAddress({ text, kind, tenant, group }: FailureFilter): string {
  const query = new URLSearchParams({
    ...(text && { text }),
    ...(kind && { kind }),
    ...(tenant && { tenant }),
    ...(group && { group }),
  });
  return query.size > 0 ? `/failures?${query}` : '/failures';
}
