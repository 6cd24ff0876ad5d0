/** Which stream keeps a subject. Pure. */
import { STREAMS, type StreamKey } from '@manyhands/proto';

/** Undefined for subjects outside the flow's streams. Each stream's one subject is `<first word>.>`. */
export function streamOf(subject: string): StreamKey | undefined {
  const word = subject.slice(0, subject.indexOf('.'));
  return byFirstWord.get(word);
}

const byFirstWord = new Map(
  (Object.keys(STREAMS) as StreamKey[]).flatMap((key) =>
    STREAMS[key].subjects.map((subject) => [subject.slice(0, subject.indexOf('.')), key] as const),
  ),
);
