/** `npm run dev`: the system, with what is changed built and started again, and the dashboard under hot reload. */
import { join } from 'node:path';
import { buildProject, buildWorkspaces } from '../prepare/project-build.ts';
import { dashboardHost, dashboardPlan } from '../dev/dashboard-plan.ts';
import { watchRooms } from '../dev/room-watch.ts';
import { projectFolder } from '../home.ts';
import { freePort, probePort } from '../ports.ts';
import { runEntry } from '../refusal.ts';
import { devCommand } from '../system/options.ts';
import { runSystem } from '../system/run-system.ts';

/** The dashboard is built by its own server. */
const except = ['@manyhands/web'];
const usualPort = 5173;

await runEntry(async () => {
  const port = (await probePort(usualPort, dashboardHost)) === 'free' ? usualPort : await freePort(dashboardHost);
  return runSystem({
    command: devCommand,
    build: (say, signal) => buildProject({ projectFolder, except, say, signal }),
    more: (url) => [dashboardPlan(join(projectFolder, 'web'), port, url)],
    whenReady: (system, say) => {
      say(`The dashboard with hot reload: http://${dashboardHost}:${port}`);
      say('Watching the sources: what is saved is built, and the services it is part of are started again.');
      return watchRooms({
        projectFolder,
        say,
        build: (names, signal) => buildWorkspaces(names, { projectFolder, say: () => undefined, signal }),
        startAnew: (services) => system.startAnew(services),
      });
    },
  });
});
