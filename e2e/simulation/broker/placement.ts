/** Which stream of the simulated broker keeps a subject. */
import { STREAMS } from '@manyhands/proto';

const byHead: Readonly<Record<string, string>> = {
  job: STREAMS.mailbox.name,
  work: STREAMS.work.name,
  timer: STREAMS.timers.name,
  event: STREAMS.events.name,
  dead: STREAMS.dead.name,
  artifact: STREAMS.artifacts.name,
};

export function streamNameOf(subject: string): string {
  const bucket = bucketOfSubject(subject);
  if (bucket !== undefined) return `KV_${bucket}`;
  const name = byHead[subject.slice(0, subject.indexOf('.'))];
  if (name === undefined) throw new Error(`no stream keeps ${subject}`);
  return name;
}

/** The bucket a subject is a key of. */
export function bucketOfSubject(subject: string): string | undefined {
  return subject.startsWith('$KV.') ? subject.split('.')[1] : undefined;
}
