/** The gateway as a process. What it runs is loaded only once its settings are right: a wrong one is reported at once. */
import { isFolder, runService } from '@manyhands/observe/run-service';
import { WrongSettings } from '@manyhands/proto/settings';
import { command, readConfig } from './config.ts';

await runService({
  command,
  async start(environment, failed) {
    const config = readConfig(environment);
    const { webFolder } = config;
    if (environment['MANYHANDS_WEB']?.trim() && !isFolder(webFolder)) {
      throw new WrongSettings(
        `The gateway cannot start: MANYHANDS_WEB names ${webFolder}, which is no folder that can be read. Correct it, or unset it: "npm run build" builds the dashboard into the default folder.`,
      );
    }
    const { start } = await import('./start.ts');
    return start(config, failed);
  },
});
