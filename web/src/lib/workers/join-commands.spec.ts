import { describe, expect, it } from 'vitest';
import { joinCommands } from './join-commands.ts';

const commands = (nats_url: string, signs_in_by: Parameters<typeof joinCommands>[0]['signs_in_by'], host = '127.0.0.1') =>
  joinCommands({ nats_url, signs_in_by }, host).map(({ command }) => command);

describe('the commands that add a worker', () => {
  it.each([
    ['nothing', 'NATS_URL=nats://n1:4222 npx manyhands worker'],
    ['url', 'NATS_URL=nats://USER:PASSWORD@n1:4222 npx manyhands worker'],
    ['nkey', 'NATS_URL=nats://n1:4222 MANYHANDS_NATS_NKEY_FILE=compute.nkey npx manyhands worker'],
    ['creds', 'NATS_URL=nats://n1:4222 MANYHANDS_NATS_CREDS=compute.creds npx manyhands worker'],
    [
      'certificate',
      'NATS_URL=nats://n1:4222 MANYHANDS_NATS_CERT=compute.pem MANYHANDS_NATS_KEY=compute-key.pem npx manyhands worker',
    ],
  ] as const)('set what NATS asks for: %s', (by, command) => {
    expect(commands('nats://n1:4222', by)[0]).toBe(command);
  });

  it('are those of npm start where it runs, and name the host that others reach', () => {
    expect(commands('nats://127.0.0.1:4222', 'nkey', 'box.local')).toEqual([
      'NATS_URL=$(cat .manyhands/nats-url) npx node services/compute/dist/main.js',
      'NATS_URL=nats://box.local:4222 MANYHANDS_NATS_NKEY_FILE=compute.nkey npx manyhands worker',
      'NATS_URL=nats://box.local:4222 MANYHANDS_NATS_NKEY_FILE=compute.nkey npx node services/compute/dist/main.js',
    ]);
  });

  it('name all servers of a cluster', () => {
    expect(commands('nats://127.0.0.1:4222,nats://127.0.0.1:4223', 'nothing', 'box.local')[0]).toBe(
      'NATS_URL=nats://box.local:4222,nats://box.local:4223 npx manyhands worker',
    );
    expect(commands('nats://n1:4222,nats://n2:4222', 'nothing')[1]).toBe(
      'NATS_URL=nats://n1:4222,nats://n2:4222 npx node services/compute/dist/main.js',
    );
  });
});
