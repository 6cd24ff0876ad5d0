/** What was typed into the form of a new job and not sent, one of each kind, and which kinds were used last. Pure. */
import type { Lane } from '@manyhands/proto';
import type { Params } from './params-schema.ts';
import { lanes } from './status.ts';
import type { TryingChoice } from './trying.ts';

export interface Draft {
  kind: string;
  params: Params;
  /** Null for a kind whose chunks are those of its input. */
  chunks: number | null;
  priority: Lane;
  trying: TryingChoice;
}

export interface Kept {
  /** The account; what another one left is not read. */
  owner: string;
  /** Names of kinds, the newest first. */
  recent: readonly string[];
  /** The newest last. */
  drafts: readonly Draft[];
}

export const draftsMax = 10;
/** Of one draft as JSON: a longer one is not kept. */
export const draftCharsMax = 16_000;
export const recentMax = 4;

/** The newer one of a kind is in the place of the older one. */
export function withDraft(kept: Kept, draft: Draft): Kept {
  const { drafts } = withoutDraft(kept, draft.kind);
  const isShort = JSON.stringify(draft).length <= draftCharsMax;
  return { ...kept, drafts: isShort ? [...drafts, draft].slice(-draftsMax) : drafts };
}

export function withoutDraft(kept: Kept, kind: string): Kept {
  return { ...kept, drafts: kept.drafts.filter((draft) => draft.kind !== kind) };
}

export function withRecent(kept: Kept, kind: string): Kept {
  return { ...kept, recent: [kind, ...kept.recent.filter((name) => name !== kind)].slice(0, recentMax) };
}

/** What a browser kept for an account, as far as it can be read. */
export function readKept(text: string | null, owner: string): Kept {
  const nothing: Kept = { owner, recent: [], drafts: [] };
  try {
    const kept = JSON.parse(text ?? 'null') as Partial<Record<keyof Kept, unknown>> | null;
    if (kept?.owner !== owner) return nothing;
    const recent = Array.isArray(kept.recent) ? kept.recent.filter((name) => typeof name === 'string') : [];
    const drafts = Array.isArray(kept.drafts) ? kept.drafts.flatMap((draft: unknown) => draftIn(draft) ?? []) : [];
    return { owner, recent: recent.slice(0, recentMax), drafts: drafts.slice(-draftsMax) };
  } catch {
    return nothing;
  }
}

function draftIn(given: unknown): Draft | undefined {
  const { kind, params, chunks, priority, trying } = (given ?? {}) as Record<keyof Draft, unknown>;
  if (typeof kind !== 'string' || !isObject(params)) return undefined;
  const choice = isObject(trying) ? trying : {};
  const number = (name: string) => (typeof choice[name] === 'number' ? choice[name] : undefined);
  const text = (name: string) => (typeof choice[name] === 'string' ? choice[name] : '');
  return {
    kind,
    params,
    chunks: typeof chunks === 'number' ? chunks : null,
    priority: lanes.find((lane) => lane === priority) ?? 'normal',
    trying: {
      attempts: number('attempts'),
      softLimitSec: number('softLimitSec'),
      hardLimitSec: number('hardLimitSec'),
      onDeadChunk: choice['onDeadChunk'] === 'continue' ? 'continue' : 'fail',
      atOnce: number('atOnce'),
      maxFailed: text('maxFailed'),
      tags: text('tags'),
      notifyUrl: text('notifyUrl'),
      notifyOn: text('notifyOn'),
      notifySecret: text('notifySecret'),
    },
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
