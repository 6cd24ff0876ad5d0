/** Drafts of new jobs, in this browser. They go when their account is left. */
import { draftsKey, session } from '../account/session.svelte.ts';
import { readKept, withDraft, withoutDraft, withRecent, type Draft, type Kept } from './drafts.ts';

export class Drafts {
  #kept = $state.raw<Kept>(readKept(stored(), session.user?.user_id ?? 'local'));

  get recent(): readonly string[] {
    return this.#kept.recent;
  }

  of(kind: string): Draft | undefined {
    return this.#kept.drafts.find((draft) => draft.kind === kind);
  }

  keep(draft: Draft): void {
    this.#store(withDraft(this.#now, draft));
  }

  drop(kind: string): void {
    this.#store(withoutDraft(this.#now, kind));
  }

  /** It was sent: the kind comes first the next time. */
  sent(kind: string): void {
    this.#store(withRecent(withoutDraft(this.#now, kind), kind));
  }

  /** Another tab may have kept others since they were read here. */
  get #now(): Kept {
    const text = stored();
    return text === null ? this.#kept : readKept(text, this.#kept.owner);
  }

  #store(kept: Kept): void {
    this.#kept = kept;
    try {
      localStorage.setItem(draftsKey, JSON.stringify(kept));
    } catch {
      // A browser that stores nothing: they hold for this page.
    }
  }
}

function stored(): string | null {
  try {
    return localStorage.getItem(draftsKey);
  } catch {
    return null;
  }
}
