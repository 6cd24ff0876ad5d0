/** The system of one machine, for the command `manyhands`: its processes, their data folder and the nats-server they need. */
export { startCommand } from './system/options.ts';
export { runSystem, type ShowLine, type SystemRun } from './system/run-system.ts';
export type { LocalSystem } from './system/system.ts';
