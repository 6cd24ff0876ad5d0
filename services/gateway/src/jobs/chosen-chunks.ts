/** A requeue of some of the dead chunks of a job: which they are, and whether the job can go on without the others. Pure. */
import { ChosenChunks, limits, type JobView } from '@manyhands/proto';
import { Allow } from 'class-validator';
import { invalidFields } from '../edge/problem.ts';
import { OpenField } from '../contract/field.ts';

export class RequeueBody {
  @Allow()
  @OpenField({
    type: 'array',
    maxItems: limits.requeueSpansMax,
    items: { type: 'array', items: { type: 'integer', minimum: 0, maximum: limits.chunkCountMax } },
    description: `Which of the dead chunks, as spans [begin, end) counted from 0: at most ${limits.requeueSpansMax} spans with ${limits.requeueChunksMax} chunks. The other dead chunks stay dead, and so do their letters. Absent: all.`,
    example: [
      [3, 4],
      [20, 25],
    ],
  })
  chunks?: unknown;
}

/** Throws the refusal: 422. */
export function chosenIn({ chunks }: RequeueBody): ChosenChunks | undefined {
  if (chunks === undefined) return undefined;
  const read = ChosenChunks.safeParse(chunks);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  const loc = ['body', 'chunks', ...(issue?.path ?? []).map(String)];
  throw invalidFields([
    { loc, msg: `must be spans of chunks such as [[3,4],[20,25]]: ${issue?.message ?? 'not valid'}`, type: 'value_error' },
  ]);
}

export function isChosen(chunks: ChosenChunks, chunk: number): boolean {
  return chunks.some(([begin, end]) => begin <= chunk && chunk < end);
}

type Known = Pick<
  JobView,
  'chunks' | 'completed_chunks' | 'failed_chunks' | 'total_chunks' | 'on_dead_chunk' | 'max_failed' | 'status'
>;

/** Dead chunks of the job without those that are chosen, as spans; where the map is coarse, about. */
export function deadWithout({ failed }: JobView['chunks'], chosen: ChosenChunks): [number, number][] {
  return chosen.reduce<[number, number][]>(
    (left, [from, to]) =>
      left.flatMap(([begin, end]): [number, number][] => {
        if (to <= begin || end <= from) return [[begin, end]];
        return [
          ...(begin < from ? [[begin, from] as [number, number]] : []),
          ...(to < end ? [[to, end] as [number, number]] : []),
        ];
      }),
    failed.map(([begin, end]) => [begin, end]),
  );
}

/** Why a part of the dead chunks of a job does not run again. */
interface PartRefusal {
  detail: string;
  /** Whether all of them together would. */
  all: boolean;
}

/** Undefined where it may be tried. What a coarse map does not show the job's coordinator decides: then it runs all dead chunks. */
export function refusalOf(view: Known, chosen: ChosenChunks): PartRefusal | undefined {
  if (view.chunks.coarse) return undefined;
  const others = deadWithout(view.chunks, chosen).reduce((sum, [begin, end]) => sum + end - begin, 0);
  if (others === view.failed_chunks)
    return { detail: 'None of these chunks is dead, so there is nothing to run again.', all: false };
  const { max_failed: most, on_dead_chunk: policy, total_chunks: total } = view;
  const allowed =
    most === undefined ? (policy === 'continue' ? total : 0) : 'count' in most ? most.count : Math.floor(most.share * total);
  return others > allowed
    ? { detail: `The job would fail by the ${others} other dead chunks, because it allows ${allowed}.`, all: true }
    : undefined;
}
