/** `manyhands whoami`: whose requests these are, at which system. */
import type { Session } from '../session.ts';

export async function run(session: Session): Promise<void> {
  const { client, world, system } = session;
  const signal = world.interrupt;
  const { auth } = await client.auth({ signal });
  const user = await client.me({ signal });
  if (session.json) return session.printJson({ url: system.url, auth, ...user });
  if (auth === 'off') return session.print(`${system.url}: no accounts, every client may do everything\n`);
  await session.print(`${user.email ?? user.user_id} (${user.role}) at ${system.url}\n`);
}
