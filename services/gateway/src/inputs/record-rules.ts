/** What every record of an input must be, and in what they come. */
export interface RecordRules {
  /** Bytes of one record, as it is sent and as JSON. */
  recordBytesMax: number;
  /** What is wrong with a record, as the end of a sentence; undefined when it may be taken. */
  check?: ((value: unknown) => string | undefined) | undefined;
  /**
   * Called for a record with a whole number that would become another one where it is read, and with what becomes of it (`rounded-number.ts`); may throw an `InputFlaw`.
   * Absent: nothing is looked for, since the kind reads digits itself.
   */
  rounded?: ((line: number, says: string) => void) | undefined;
}

/** The records of each piece that has some, as lines of JSON. Throws `InputFlaw` at the first record that is wrong. */
export type Records = AsyncGenerator<string[], void, void>;
