/** The newest value of one key, shared by all clients it is sent to. Read-only, except that it may forget its bytes. */
export class FeedEntry {
  readonly key: string;
  /** KV sequence; 0 for what the gateway itself stored in a mailbox and no coordinator has answered yet. */
  readonly revision: number;
  readonly storedAtMs: number;
  /** The round of a requeue that is stored and that this shows, although the bucket still holds the end of the round before; 0: as in the bucket. */
  readonly ahead: number;
  /** The key was deleted or has run out. */
  readonly gone: boolean;
  readonly #digestOf: (value: Uint8Array) => unknown;
  #value: Uint8Array | undefined;
  #digest: unknown;
  #digested = false;

  constructor(
    entry: { key: string; revision: number; storedAtMs: number; value: Uint8Array | undefined; ahead?: number },
    digestOf: (value: Uint8Array) => unknown = () => undefined,
  ) {
    this.key = entry.key;
    this.revision = entry.revision;
    this.storedAtMs = entry.storedAtMs;
    this.ahead = entry.ahead ?? 0;
    this.gone = entry.value === undefined;
    this.#value = entry.value;
    this.#digestOf = digestOf;
  }

  /** The bytes as they are in the bucket; undefined when gone or forgotten. */
  get value(): Uint8Array | undefined {
    return this.#value;
  }

  get bytes(): number {
    return this.#value?.length ?? 0;
  }

  /** What little the gateway itself reads from the value: parsed once, and only when it is asked for. */
  get digest(): unknown {
    if (!this.#digested && this.#value) this.#digest = this.#digestOf(this.#value);
    this.#digested = true;
    return this.#digest;
  }

  /** Whether this states more than what was known of the same key. */
  isNewerThan(known: FeedEntry): boolean {
    if (this.revision !== known.revision) return this.revision > known.revision;
    return this.gone ? !known.gone : this.ahead > known.ahead;
  }

  /** Frees the bytes and keeps the digest. Who is just sending them keeps their own reference. */
  forget(): void {
    void this.digest;
    this.#value = undefined;
  }
}

/** A message as it was stored, with its place in the ring: no other one that is held has the same. */
export interface KeptMessage {
  sequence: number;
  place: number;
  data: Uint8Array;
}

/** A message as a state of its own. For a client that is far behind a newer one takes the place of one that is not held any more. */
export function keptEntry(key: string, { sequence, place, data }: KeptMessage): FeedEntry {
  return new FeedEntry({ key: `${key} ${place}`, revision: sequence, storedAtMs: 0, value: data });
}
