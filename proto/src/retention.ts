/**
 * How long everything about a job is kept: hours after the last change of its view and its state, and after each message into its mailbox.
 *
 * All services must be told the same number. It is not part of the streams' fixed layout: a service that starts with another number
 * changes the ages on the server.
 */
import { z } from 'zod';

export const RETENTION_HOURS = { default: 24, min: 1, max: 168 } as const;

const sentence = `must be a whole number of hours from ${RETENTION_HOURS.min} to ${RETENTION_HOURS.max}`;

/** `MANYHANDS_RETENTION_HOURS` as every service reads it; empty counts as unset. */
export const RetentionHours = z.preprocess(
  (given) => (given === '' ? undefined : given),
  z.coerce.number({ error: sentence }).int(sentence).min(RETENTION_HOURS.min, sentence).max(RETENTION_HOURS.max, sentence).default(RETENTION_HOURS.default),
);

export function retainedMs(hours: number): number {
  return hours * 3_600_000;
}
