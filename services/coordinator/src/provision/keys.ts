/**
 * Makes a key for each identity on NATS, and the configuration by which a server knows them:
 *
 *   node services/coordinator/dist/provision/keys.js <folder> [--apart]
 *
 * `--apart` puts each key, and the configuration, into a folder of its own, `<folder>/gateway/gateway.nkey` and `<folder>/server/authorization.conf`: where
 * each is a volume, a container is given one of them.
 *
 * Invariant: a key that is there stays, so it may run again at each update; the configuration is written each time, because a release may change what a service may do.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { keepIdentityKeys } from '@manyhands/broker';
import { sentenceOf } from '@manyhands/observe/run-service';
import { IDENTITIES, renderAuthorization } from '@manyhands/proto/identities';

const [folder, option, ...more] = process.argv.slice(2);
if (folder === undefined || (option !== undefined && option !== '--apart') || more.length > 0) {
  process.stderr.write('keys.js: usage: node services/coordinator/dist/provision/keys.js <folder> [--apart]\n');
  process.exit(1);
}
try {
  const apart = option === '--apart';
  const text = renderAuthorization(keepIdentityKeys(folder, apart ? (identity) => join(folder, identity) : undefined).publicKeys);
  const ofServer = apart ? join(folder, 'server') : folder;
  mkdirSync(ofServer, { recursive: true });
  writeFileSync(join(ofServer, 'authorization.conf'), `# Written by keys.js; changes are overwritten.\n${text}`, { mode: 0o644 });
  process.stdout.write(`${folder} has a key for ${IDENTITIES.join(', ')}, and authorization.conf for the server.\n`);
} catch (error) {
  process.stderr.write(`keys.js: ${sentenceOf(error)}\n`);
  process.exitCode = 1;
}
