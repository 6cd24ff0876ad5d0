/** Kinds as a person reads them: what goes in and comes out, which project and build, and which live workers compute it. Pure. */
import type { WorkerHeartbeat } from '@manyhands/proto';
import { alphabetical } from '../alphabetical.ts';
import type { KnownKind } from '../api.ts';

export interface KindRow {
  kind: string;
  title: string;
  version: number;
  /** `items → lines`. */
  shape: string;
  /** Chunks that wait at once in one thread; null: a thread each. */
  concurrency: number | null;
  project: string | null;
  /** Of live workers, each with who runs it; the one that is registered first. More than one is a clash. */
  builds: { fingerprint: string; workers: string[] }[];
  /** Live workers that take leases of it, by name. */
  workers: string[];
}

type Live = Pick<WorkerHeartbeat, 'worker' | 'kinds' | 'draining' | 'builds'>;

export function kindRows(kinds: readonly KnownKind[], workers: readonly Live[]): KindRow[] {
  const live = workers.filter(({ draining }) => !draining);
  return kinds
    .map((kind) => {
      const own = live.filter((worker) => worker.kinds.includes(kind.kind));
      return {
        kind: kind.kind,
        title: kind.title,
        version: kind.version ?? 1,
        shape: `${inputName(kind)} → ${outputName(kind)}`,
        concurrency: kind.concurrency ?? null,
        project: kind.project ?? null,
        builds: buildsOf(kind, own),
        workers: own.map(({ worker }) => worker).sort(),
      };
    })
    .sort((a, b) => alphabetical(a.kind, b.kind));
}

function inputName({ input }: KnownKind): string {
  if (!input) return 'parameters';
  return input.form === 'items' && input.batch !== undefined && input.batch > 1 ? `items, ${input.batch} at once` : input.form;
}

function outputName({ output }: KnownKind): string {
  if (output === 'lines') return 'lines';
  return output === 'ordered' ? 'one answer, in order' : 'one answer';
}

function buildsOf({ kind, fingerprint }: KnownKind, workers: readonly Live[]): KindRow['builds'] {
  const known = workers.filter(({ builds }) => builds?.[kind] !== undefined);
  const byBuild = Map.groupBy(known, ({ builds }) => builds?.[kind] ?? '');
  const builds = [...byBuild].map(([build, own]) => ({ fingerprint: build, workers: own.map(({ worker }) => worker).sort() }));
  if (builds.length === 0 && fingerprint !== undefined) return [{ fingerprint, workers: [] }];
  return builds.sort((a, b) => Number(b.fingerprint === fingerprint) - Number(a.fingerprint === fingerprint));
}
