/** Preloaded (`node --import`): plants the bug named by `PLANTED_BUG` into this process. Without it nothing is changed. */
import { registerHooks } from 'node:module';
import { DatabaseSync } from 'node:sqlite';
import { isMainThread } from 'node:worker_threads';
import { CONTAINMENT_BUGS, type ContainmentBugName } from './containment-bugs.ts';
import { PLANTED_BUGS, type PlantedBugName } from './planted-bugs.ts';
import { STEPS } from './crash-points.ts';

const planted: Readonly<Record<PlantedBugName, () => void>> = {
  'answers-before-storing': () =>
    rewrite(
      /\/gateway\/dist\/submit\/submit-job\.js$/,
      'const stored = outbox',
      'const stored = (this.planted = (this.planted ?? 0) + 1) % 3 === 0 ? Promise.resolve() : outbox',
    ),
  'stores-results-twice': storeResultsTwice,
  'counts-copies'() {
    storeResultsTwice();
    rewrite(/\/coordinator\/dist\/job\/fold\.js$/, '!job.done.touches(span) && ', '');
  },
  'acknowledges-before-writing': acknowledgeBeforeWriting,
};

const name = process.env['PLANTED_BUG'];
if (isMainThread && name !== undefined) {
  if (name in PLANTED_BUGS) planted[name as PlantedBugName]();
  else if (name in CONTAINMENT_BUGS)
    for (const { file, text, instead } of CONTAINMENT_BUGS[name as ContainmentBugName].changes) rewrite(file, text, instead);
  else
    throw new Error(
      `PLANTED_BUG=${name} is none; there are ${[...Object.keys(PLANTED_BUGS), ...Object.keys(CONTAINMENT_BUGS)].join(', ')}`,
    );
}

function storeResultsTwice(): void {
  const twice = 'together.flatMap(({ message: { subject, data } }) => [{ subject, data }, { subject, data }])';
  rewrite(/\/worker\/dist\/lease\/result-desk\.js$/, 'together.map(({ message })=>message)', twice);
}

function acknowledgeBeforeWriting(): void {
  const { exec } = DatabaseSync.prototype;
  let commits = 0;
  DatabaseSync.prototype.exec = function (sql) {
    const lost = sql === STEPS.row.sql && (commits += 1) % 3 === 0;
    exec.call(this, lost ? 'ROLLBACK' : sql);
  };
}

/** Changes the text of a module as it is loaded. Throws when the text is not there, so a bug never goes missing unseen. */
function rewrite(file: RegExp, text: string, instead: string): void {
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context);
      if (!file.test(url)) return loaded;
      const source = String(loaded.source);
      if (!source.includes(text)) throw new Error(`${url} does not hold ${text}`);
      return { ...loaded, source: source.replace(text, () => instead) };
    },
  });
}
