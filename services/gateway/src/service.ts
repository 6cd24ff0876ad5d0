/** The gateway as a process. */
import { existsSync } from 'node:fs';
import { runService } from '@manyhands/observe/run-service';
import { listenRefusal, WrongSettings } from '@manyhands/proto/settings';
import { createGateway } from './application.ts';
import { BrokerLink } from './bus/broker-link.ts';
import { command, readConfig } from './config.ts';

await runService({
  command,
  async start(environment, failed) {
    const config = readConfig(environment);
    const { port, host, webFolder } = config;
    if (environment['MANYHANDS_WEB']?.trim() && !existsSync(webFolder)) {
      throw new WrongSettings(
        `The gateway cannot start: MANYHANDS_WEB names ${webFolder}, which does not exist. Correct it, or unset it: "npm run build" builds the dashboard into the default folder.`,
      );
    }
    const app = await createGateway(config);
    void app.get(BrokerLink).failed.then(failed);
    await app.listen({ port, host }).catch((error: unknown) => {
      throw listenRefusal(error, { port, host, portName: 'PORT' }) ?? error;
    });
    return app;
  },
});
