/** `manyhands dev`: the whole system on this machine, and a worker for the kinds of this folder that follows what is saved. */
import type { Command } from 'commander';
import { loadServer } from '../dev/server-package.ts';
import { watchModules } from '../dev/module-watch.ts';
import { WorkerLoop } from '../dev/worker-loop.ts';
import type { Session } from '../session.ts';

export const MODULES_DEFAULT = 'kinds/**/*.{ts,mts,js,mjs}';

export async function run(session: Session, command: Command): Promise<void> {
  const { port, slots, builtin } = command.opts<{ port?: string; slots?: string; builtin?: boolean }>();
  const { cwd, stderr } = session.world;
  const modules = command.args.length > 0 ? [...command.args] : [MODULES_DEFAULT];
  const server = await loadServer(cwd);
  session.world.release();
  session.exitCode = await server.runSystem({
    command: { ...server.startCommand, typed: 'manyhands dev' },
    args: [
      ...(port === undefined ? [] : ['--port', port]),
      ...(slots === undefined ? [] : ['--slots', slots]),
      ...['--compute', builtin ? '1' : '0'],
    ],
    output: stderr,
    whenReady(system, note, show) {
      const line = (text: string): void => show('kinds', text);
      const loop = new WorkerLoop({
        order: { modules, slots: slots === undefined ? undefined : Number(slots), natsUrl: system.natsUrl },
        line,
        note: line,
      });
      const unwatch = watchModules(cwd, (files) => {
        line(`saved: ${files.join(', ')}`);
        void loop.reload();
      });
      void loop.reload().then(() => note('Saved files are loaded at once. In another terminal: npx manyhands kinds'));
      return () => {
        unwatch();
        return loop.stop();
      };
    },
  });
}
