/** What users see of a worker who are no administrators: that it is there and how much it can compute. Nothing of its host, and nothing of what it computes for others. */
import { encode } from '@manyhands/proto';

const shown = [
  'v',
  'type',
  'worker',
  'kinds',
  'slots',
  'kind_slots',
  'busy_slots',
  'busy_kind_slots',
  'draining',
  'started_at',
  'beat_at',
];

/** A heartbeat with the fields that are listed, and no others: a new field is hidden until it is listed. */
export function shownToUsers(heartbeat: Uint8Array): Uint8Array {
  const fields = JSON.parse(new TextDecoder().decode(heartbeat)) as Record<string, unknown>;
  return encode(Object.fromEntries(shown.filter((name) => name in fields).map((name) => [name, fields[name]])));
}
