/** Reads `.env` of the folder worked in into the environment, where what stands there already wins. Throws `WrongSettings` when it cannot be read. */
import { join } from 'node:path';
import { loadEnvFile } from '@manyhands/observe/run-service';
import { workFolder } from './home.ts';

export function readEnvFile(folder = workFolder): void {
  loadEnvFile(join(folder, '.env'));
}
