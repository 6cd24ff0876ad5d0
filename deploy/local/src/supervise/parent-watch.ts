/**
 * Notices that npm, which this process was started by, is gone.
 *
 * npm passes its signals on to the shell it runs a script in, and a shell that is ended does not pass them on: without this, `kill` of npm would leave everything
 * running. Only under npm: a user who starts the program itself may leave it running on purpose.
 */
const lookEveryMs = 500;

export interface ParentWatch {
  env: NodeJS.ProcessEnv;
  /** Id of the parent now. */
  parent?: () => number;
  gone(): void;
}

/** Returns how to stop watching. Keeps no process alive. */
export function watchParent({ env, parent = () => process.ppid, gone }: ParentWatch): () => void {
  if (env['npm_lifecycle_event'] === undefined) return () => undefined;
  const first = parent();
  const looking = setInterval(() => {
    if (parent() === first) return;
    clearInterval(looking);
    gone();
  }, lookEveryMs);
  looking.unref();
  return () => clearInterval(looking);
}
