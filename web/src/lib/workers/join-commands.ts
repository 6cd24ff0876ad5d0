/** The commands that start one more worker of this system. Pure. */
import type { WorkerRecord } from '@manyhands/sdk';

interface JoinCommand {
  name: string;
  command: string;
  about: string;
}

type Join = WorkerRecord['join'];

/** `pageHost`: the host this page came from, which other machines reach. */
export function joinCommands({ nats_url, signs_in_by: by }: Join, pageHost: string): JoinCommand[] {
  const local = isLoopback(hostOf(nats_url));
  const elsewhere = isLoopback(pageHost)
    ? nats_url
    : nats_url
        .split(',')
        .map((one) => (isLoopback(hostOf(one)) ? one.replace(hostOf(one), () => pageHost) : one))
        .join(',');
  const here: JoinCommand[] =
    local && by === 'nkey'
      ? [
          {
            name: 'Beside npm start, in its folder',
            command: 'NATS_URL=$(cat .manyhands/nats-url) npx node services/compute/dist/main.js',
            about: 'The address in that file has the password of a worker, so nothing else has to be set.',
          },
        ]
      : [];
  const shown = `${settings(elsewhere, by)} `;
  const needs = `${asks[by]}${local ? ' From another machine NATS has to be reachable under the address that stands here.' : ''}`;
  return [
    ...here,
    { name: 'With kinds of your own, in their folder', command: `${shown}npx manyhands worker`, about: needs },
    { name: 'With the kinds that come along', command: `${shown}npx node services/compute/dist/main.js`, about: needs },
  ];
}

/** What stands in front of the command, so that NATS knows the worker. */
function settings(url: string, by: Join['signs_in_by']): string {
  if (by === 'url') {
    const named = url.split(',').map((part) => part.replace(/^([a-z]+:\/\/)?/i, '$1USER:PASSWORD@'));
    return `NATS_URL=${named.join(',')}`;
  }
  return [
    `NATS_URL=${url}`,
    ...{
      nothing: [],
      nkey: ['MANYHANDS_NATS_NKEY_FILE=compute.nkey'],
      creds: ['MANYHANDS_NATS_CREDS=compute.creds'],
      certificate: ['MANYHANDS_NATS_CERT=compute.pem', 'MANYHANDS_NATS_KEY=compute-key.pem'],
    }[by],
  ].join(' ');
}

const asks: Record<Join['signs_in_by'], string> = {
  nothing: 'This NATS lets every process in, so nothing else has to be set.',
  url: 'This NATS asks for a user and a password, or a token: put those of a worker in front of the host.',
  nkey: 'This NATS asks for keys: the file holds the seed of a worker (compute.nkey), which was made with the keys of the other services.',
  creds: 'This NATS asks for credentials: the file holds those of a worker.',
  certificate: 'This NATS asks for certificates: the files hold that of a worker and its key.',
};

/** Of the first address, where there are several. */
function hostOf(url: string): string {
  return /^(?:[a-z]+:\/\/)?(\[[^\]]+\]|[^:,/]+)/i.exec(url)?.[1] ?? '';
}

function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[?::1\]?)$/.test(host);
}
