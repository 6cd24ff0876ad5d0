/** The body of `main.ts`. Ends with 0 when everything is there, with 78 when trying again cannot help, else with 1; its sentence is on standard error. */
import { fileURLToPath } from 'node:url';
import { openBroker, provision } from '@manyhands/broker';
import { exitCodeOf, loadEnvFile, NATS_ACCESS_NAMES, natsAccess, sentenceOf } from '@manyhands/observe/run-service';
import { readSettings } from '@manyhands/proto/settings';

const who = 'Provisioning';
const names = [
  'NATS_URL',
  'MANYHANDS_REPLICAS',
  'MANYHANDS_RETENTION_HOURS',
  'MANYHANDS_STORAGE_GB',
  ...NATS_ACCESS_NAMES,
] as const;

try {
  loadEnvFile(fileURLToPath(new URL('../../../../.env', import.meta.url)));
  const given = readSettings(who, names, process.env);
  const broker = await openBroker({ url: given.NATS_URL, access: natsAccess(who, given), name: 'provision' });
  try {
    await provision(broker, {
      replicas: given.MANYHANDS_REPLICAS,
      retentionHours: given.MANYHANDS_RETENTION_HOURS,
      storageGb: given.MANYHANDS_STORAGE_GB,
      as: 'provision',
    });
  } finally {
    await broker.close();
  }
  process.stdout.write('The streams, buckets and consumers are there.\n');
} catch (error) {
  process.stderr.write(`${sentenceOf(error)}\n`);
  process.exitCode = exitCodeOf(error);
}
