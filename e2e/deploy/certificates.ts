/** Certificates of a test: an authority, and what it gives to machines by their names. Made by the `openssl` program. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Authority {
  /** Path of its certificate. */
  ca: string;
  /** Writes `server.crt` and `server.key` of `name` into a folder that is there. The certificate is good for `localhost`, too: a test comes in by that name. */
  issue(name: string, folder: string): void;
}

const authorityRules = 'basicConstraints = critical, CA:TRUE\nkeyUsage = critical, keyCertSign, cRLSign\n';
/** A server shows the same certificate when it connects to another one. */
const serverRules = (name: string) =>
  `basicConstraints = CA:FALSE\nkeyUsage = digitalSignature\nextendedKeyUsage = serverAuth, clientAuth\nsubjectAltName = DNS:${name}, DNS:localhost\n`;

export function makeAuthority(folder: string): Authority {
  const ca = join(folder, 'ca.crt');
  const caKey = join(folder, 'ca.key');
  request(folder, 'authority', authorityRules, ['-keyout', caKey, '-out', ca]);
  return {
    ca,
    issue: (name, into) =>
      request(into, name, serverRules(name), [
        '-keyout',
        join(into, 'server.key'),
        '-out',
        join(into, 'server.crt'),
        '-CA',
        ca,
        '-CAkey',
        caKey,
      ]),
  };
}

function request(folder: string, name: string, rules: string, more: readonly string[]): void {
  const config = join(folder, 'openssl.cnf');
  writeFileSync(config, `[req]\ndistinguished_name = named\n[named]\n[rules]\n${rules}`);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const about = ['-config', config, '-extensions', 'rules', '-subj', `/CN=${name}`, '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...key, ...about, ...more], { stdio: 'pipe' });
}
