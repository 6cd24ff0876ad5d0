/** Reads `.env` of the project into the environment, where what stands there already wins. Throws a refusal when it cannot be read. */
import { join } from 'node:path';
import { loadEnvFile } from '@manyhands/observe/run-service';
import { projectFolder } from './home.ts';
import { Refusal } from './refusal.ts';

export function readEnvFile(folder = projectFolder): void {
  try {
    loadEnvFile(join(folder, '.env'));
  } catch (error) {
    throw new Refusal((error as Error).message);
  }
}
