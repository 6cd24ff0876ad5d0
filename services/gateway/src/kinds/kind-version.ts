/** Which version of a task a name stands for. Pure. */
import type { KindRegistration } from '@manyhands/proto';

type Versioned = Pick<KindRegistration, 'kind' | 'version'>;

/** The name without the version: `report` of `report-v2`. */
export function taskNameOf({ kind, version = 1 }: Versioned): string {
  const suffix = `-v${version}`;
  return version > 1 && kind.endsWith(suffix) ? kind.slice(0, -suffix.length) : kind;
}

/** The newest version of task `name` that a worker computes now; when none does the newest there is, whose jobs wait for a worker. Undefined when no task has that name. */
export function newestVersion<Kind extends Versioned>(
  name: string,
  registered: readonly Kind[],
  isLive: (kind: string) => boolean,
): Kind | undefined {
  const versions = registered
    .filter((kind) => taskNameOf(kind) === name)
    .sort((one, other) => (other.version ?? 1) - (one.version ?? 1));
  return versions.find(({ kind }) => isLive(kind)) ?? versions[0];
}
