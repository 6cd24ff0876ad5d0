/** Reads `.env` of the project into the environment, where what stands there already wins. Throws `WrongSettings` when it cannot be read. */
import { join } from 'node:path';
import { loadEnvFile } from '@manyhands/observe/run-service';
import { projectFolder } from './home.ts';

export function readEnvFile(folder = projectFolder): void {
  loadEnvFile(join(folder, '.env'));
}
