/** What to start and when to stop it, as plain data. */
export interface ProcessPlan {
  /** Shown before each of its lines. */
  name: string;
  program: string;
  args: readonly string[];
  /** Added to the environment of the parent. */
  env: Readonly<Record<string, string>>;
  /** Node services watch the IPC channel and end with their parent; another program is given none. */
  watchesParent: boolean;
  /** Stages drain one after the other, lowest first. */
  drainStage: number;
}
