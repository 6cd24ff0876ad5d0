/**
 * How long everything about a job is kept: hours after the last change of its view and its state, and after each message into its mailbox.
 *
 * All services must be given the same number. It is not part of the streams' fixed layout: a service that starts with another number
 * changes the ages on the server.
 */
/** What `MANYHANDS_RETENTION_HOURS` may be. */
export const RETENTION_HOURS = { default: 24, min: 1, max: 168 } as const;

export function retainedMs(hours: number): number {
  return hours * 3_600_000;
}
