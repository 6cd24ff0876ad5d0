/** What to start and when to stop it, as plain data. */
export interface ProcessPlan {
  /** Shown before each of its lines. */
  name: string;
  program: string;
  args: readonly string[];
  /** Folder it runs in; unset: that of the parent. */
  cwd?: string;
  /** Added to the environment of the parent. */
  env: Readonly<Record<string, string>>;
  /** Node services watch the IPC channel and end with their parent; another program is given none. */
  watchesParent: boolean;
  /** Stages drain one after the other, lowest first. */
  drainStage: number;
  /** Milliseconds it has to end when ordered to, before it is killed; default `graceMsDefault`. */
  graceMs?: number;
}

export const graceMsDefault = 10_000;

/** Arguments of Node that make a service watch its parent; the compiled or the source form, whichever runs. */
export const watchParentArgs: readonly string[] = [
  '--import',
  new URL(`exit-with-parent${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url).href,
];
