/** Writes the table of permissions as a block of a nats-server's configuration. Pure. */
import { IDENTITIES, type Identity } from './identities.ts';
import { permissionsOf } from './permissions.ts';

/** Milliseconds in which an answer must be sent. */
const answerWithinMs = 10_000;

/** A client that may do what the identity may, and signs in by an address (`nats://name:password@host`). */
export interface PasswordUser {
  identity: Identity;
  name: string;
  password: string;
}

/**
 * `publicKeys`: of the nkey of each identity, like `UABC…`.
 *
 * The users stay in the global account, so that a store of an earlier release is found again.
 */
export function renderAuthorization(
  publicKeys: Readonly<Record<Identity, string>>,
  passwordUsers: readonly PasswordUser[] = [],
): string {
  const users = [
    ...IDENTITIES.map((identity) => userOf(identity, `nkey: ${publicKeys[identity]}`)),
    ...passwordUsers.map(({ identity, name, password }) =>
      userOf(identity, `user: ${JSON.stringify(name)}, password: ${JSON.stringify(password)}`),
    ),
  ];
  return `authorization {\n  users: [\n${users.map((user) => `    ${user}\n`).join('')}  ]\n}\n`;
}

function userOf(identity: Identity, who: string): string {
  if (identity === 'admin') return `{ ${who} }`;
  const { publish, subscribe, answers } = permissionsOf(identity);
  const responses = answers ? `, allow_responses: { max: 1, expires: "${answerWithinMs}ms" }` : '';
  return `{ ${who}, permissions: { publish: { allow: ${list(publish)} }, subscribe: { allow: ${list(subscribe)} }${responses} } }`;
}

function list(subjects: readonly string[]): string {
  return `[${subjects.map((subject) => JSON.stringify(subject)).join(', ')}]`;
}
