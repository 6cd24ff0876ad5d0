/**
 * What an implementation of the ports hands to the suites. Each suite calls its factory before every test and `close` after it; stores may
 * be shared between tests, because every test uses actors of its own.
 */
import type { MailboxMessage } from '../behaviour.ts';
import type { Journal, Membership, SnapshotStore } from '../ports.ts';

/** The messages the suites send: plain JSON. */
export interface Note {
  text: string;
}

/** The state the suites keep: plain JSON, with nesting and text beyond ASCII. */
export interface Notebook {
  notes: string[];
}

export interface SnapshotAdapter {
  snapshots: SnapshotStore<Notebook>;
  /** An id no test has used; defaults to a random UUID. */
  newActorId?(): string;
  close(): Promise<void>;
}

export interface JournalAdapter {
  journal: Journal<Note>;
  /** Stores a message in an actor's mailbox and returns it as its first delivery. */
  append(actorId: string, note: Note): Promise<MailboxMessage<Note>>;
  newActorId?(): string;
  close(): Promise<void>;
}

export type RuntimeAdapters = SnapshotAdapter & JournalAdapter;

export interface MembershipAdapter {
  /** Adds a live member. */
  join(member: string): Promise<Membership>;
  /** Lets a member leave in good order. */
  leave(member: string): Promise<void>;
  /** Lets a member die without a word; the others notice in their own time. Left out, it is not tested. */
  die?(member: string): Promise<void>;
  close(): Promise<void>;
}

export function newActorId(adapter: { newActorId?(): string }): string {
  return adapter.newActorId?.() ?? crypto.randomUUID();
}
