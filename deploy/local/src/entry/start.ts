/** `npm start`. From its sources, as npm runs it, it builds first; the built one starts what is built. */
import { buildProject } from '../prepare/project-build.ts';
import { projectFolder } from '../home.ts';
import { runEntry } from '../refusal.ts';
import { startCommand } from '../system/options.ts';
import { runSystem } from '../system/run-system.ts';

const isSource = import.meta.url.endsWith('.ts');

await runEntry(() =>
  runSystem({
    command: startCommand,
    ...(isSource && { build: (say, signal) => buildProject({ projectFolder, say, signal }) }),
  }),
);
