/** Which of some streams keeps a subject. Pure. */
import type { StreamSpec } from '../stream-spec.ts';

export type StoringStream = Pick<StreamSpec, 'name' | 'subjects' | 'batches'>;

/** Undefined for subjects that none of them keeps. Each of their subjects is `<first word>.>`, or as good as that. */
export function streamOf(streams: readonly StoringStream[]): (subject: string) => StoringStream | undefined {
  const byFirstWord = new Map(streams.flatMap((stream) => stream.subjects.map((subject) => [firstWord(subject), stream])));
  return (subject) => byFirstWord.get(firstWord(subject));
}

function firstWord(subject: string): string {
  return subject.slice(0, subject.indexOf('.'));
}
