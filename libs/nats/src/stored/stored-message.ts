/** Reads messages where they are stored, without a consumer of their own name. */
export interface StoredMessage {
  subject: string;
  sequence: number;
  storedAtMs: number;
  data: Uint8Array;
  /** The server holds it as a schedule. */
  isHeld?: true;
}
