/** `npm run demo`: a real computation on the running system, or on one it starts for it. */
import { join } from 'node:path';
import { helpOf } from '@manyhands/proto/settings';
import { createClient } from '@manyhands/sdk';
import { buildProject } from '../prepare/project-build.ts';
import { demoCommand, parseDemo, type DemoOptions } from '../demo/options.ts';
import { startOwnSystem, type OwnSystem } from '../demo/own-system.ts';
import { runJob } from '../demo/run-job.ts';
import { findRunningSystem, requireRunningSystem } from '../demo/running-system.ts';
import { readEnvFile } from '../env-file.ts';
import { homeOf, projectFolder, type Home } from '../home.ts';
import { openHome } from '../home-folder.ts';
import { readHolder } from '../home-lock.ts';
import { findNatsServer } from '../nats-server/find.ts';
import { freePort, probePort } from '../ports.ts';
import { runEntry } from '../refusal.ts';
import { watchParent } from '../supervise/parent-watch.ts';
import { parseStart, type StartOptions } from '../system/options.ts';
import { urlOf } from '../system/process-plans.ts';

const output = process.stdout;
const say = (line: string): void => void output.write(`${line}\n`);
const interrupted = new AbortController();

process.umask(0o077);

await runEntry(async () => {
  readEnvFile();
  const home = homeOf(process.env);
  const options = parseDemo(process.argv.slice(2));
  if (options === 'help') {
    output.write(helpOf(demoCommand));
    return 0;
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.abort());
  watchParent({ env: process.env, gone: () => interrupted.abort() });
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const running = options.url ? await requireRunningSystem(options.url) : await findRunningSystem(usualUrls(home));
  if (running) {
    say(`Using the system at ${running}`);
    return runJob({ client: createClient({ baseUrl: running }), url: running, options, output, signal: interrupted.signal });
  }
  return onOwnSystem(options, home);
});

function usualUrls(home: Home): string[] {
  const start = startOptions();
  const holder = readHolder(home);
  return [...(holder ? [holder.url] : []), urlOf(start.host, start.port)];
}

/** What `npm start` would use. */
function startOptions(): StartOptions {
  return parseStart([], process.env, 1) as StartOptions;
}

async function onOwnSystem(options: DemoOptions, home: Home): Promise<number> {
  const { host, port: wanted, natsUrl } = startOptions();
  const port = process.env['PORT'] || (await probePort(wanted, host)) === 'free' ? wanted : await freePort(host);
  const url = urlOf(host, port);
  // Found here, so that a download or a build is seen while it goes on.
  const natsServer = natsUrl ? undefined : await findNatsServer({ cacheFolder: openHome(home).bin, env: process.env, say });
  let system: OwnSystem | undefined;
  try {
    if (import.meta.url.endsWith('.ts')) await buildProject({ projectFolder, say, signal: interrupted.signal });
    say(`Starting the system at ${url} …`);
    system = await startOwnSystem({
      home,
      url,
      command: [join(projectFolder, 'deploy/local/dist/start.js'), '--port', String(port)],
      // It ends with us or is kept; npm above us is not its parent.
      env: { ...process.env, npm_lifecycle_event: undefined, ...(natsServer ? { MANYHANDS_NATS_SERVER: natsServer } : {}) },
      keep: options.keep,
      signal: interrupted.signal,
    });
    const code = await runJob({ client: createClient({ baseUrl: url }), url, options, output, signal: interrupted.signal });
    if (options.keep)
      say(`The system still runs at ${url} (process ${system.pid}, log ${system.logFile}). Stop it with: kill ${system.pid}`);
    return code;
  } catch (error) {
    if (interrupted.signal.aborted) return 130;
    throw error;
  } finally {
    await system?.stop();
  }
}
