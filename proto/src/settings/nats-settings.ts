/** The rows of the table of settings (`settings.ts`) about NATS: which servers, who a process is to them, and which of them it believes. Pure. */
import * as value from './setting-values.ts';

const allServices = ['gateway', 'coordinator', 'compute', 'metrics'] as const;
/** Who looks for a nats-server program. */
export const FINDERS = ['start', 'setup', 'bench', 'chaos', 'test'] as const;
const finders = FINDERS;

export const NATS_SETTINGS = {
  NATS_URL: {
    ...value.natsUrl,
    about: 'Address of the NATS server, with user:password@ or token@ in front of the host where it asks for one.',
    default: 'nats://127.0.0.1:4222',
    unset: '`npm start` runs a nats-server of its own; a service started alone uses nats://127.0.0.1:4222',
    readers: allServices,
    wrong: 'http://bob:s3cret@n1',
    secret: true,
  },
  MANYHANDS_NATS_MONITOR: {
    ...value.addresses('addresses like http://127.0.0.1:8222, separated by commas', /^https?:\/\//i, true),
    about: 'Monitoring addresses of the servers behind NATS_URL: they are asked whether what they acknowledge is on disk.',
    unset: 'it is not known, and this is reported',
    example: 'http://127.0.0.1:8222',
    readers: ['start'],
    wrong: 'tcp://bob:s3cret@n1:8222',
    secret: true,
  },
  MANYHANDS_NATS_SERVER: {
    ...value.path('the path of a nats-server program'),
    about: 'The nats-server program to run, 2.15 or newer.',
    unset: 'the first of PATH, the cache, a download, and `go install`',
    example: '/usr/local/bin/nats-server',
    readers: finders,
    wrong: 'no/such/nats-server',
  },
  MANYHANDS_NATS_RELEASES: {
    ...value.addresses('an address like https://mirror.example/nats-server', /^https:\/\//i),
    about:
      'Where the nats-server release is downloaded from; its checksum stands in our source, whatever the address. HTTPS_PROXY and NO_PROXY are followed.',
    unset: 'the official releases',
    example: 'https://mirror.example/nats-server',
    readers: finders,
    wrong: 'http://bob:s3cret@mirror.example',
    secret: true,
  },
  MANYHANDS_NATS_PORT: {
    ...value.wholeNumber(1, 65_535),
    about: 'Port of the nats-server that `npm start` runs.',
    unset: '4222, or a free one when that is taken',
    example: '4222',
    readers: ['start'],
    wrong: '65536',
  },
  MANYHANDS_NATS_CREDS: {
    ...value.path('the path of a file that holds a user JWT and its seed'),
    about:
      'File of credentials (`.creds`) that a process shows the NATS server, where the server knows its users by operator and account.',
    unset: 'none are shown',
    example: '/etc/manyhands/compute.creds',
    readers: allServices,
    wrong: 'no/such.creds',
  },
  MANYHANDS_NATS_NKEY: {
    ...value.seed,
    about: 'Seed of the nkey by which a process signs in at the NATS server. `npm start` makes one for each service itself.',
    unset: 'it does not sign in by an nkey',
    example: `SU${'A'.repeat(56)}`,
    readers: allServices,
    wrong: 's3cret',
    secret: true,
  },
  MANYHANDS_NATS_CA: {
    ...value.path('the path of a file of certificates in PEM'),
    about: 'Certificates of the authorities that the certificate of the NATS server (`tls://`, `wss://`) may come from.',
    unset: 'those that Node knows, and those of NODE_EXTRA_CA_CERTS',
    example: '/etc/manyhands/nats-ca.pem',
    readers: allServices,
    wrong: 'no/such-ca.pem',
  },
  MANYHANDS_NATS_CERT: {
    ...value.path('the path of a file with a certificate in PEM'),
    about: 'Certificate that a process shows a NATS server that verifies its clients; together with MANYHANDS_NATS_KEY.',
    unset: 'none is shown',
    example: '/etc/manyhands/nats-client.pem',
    readers: allServices,
    wrong: 'no/such-cert.pem',
  },
  MANYHANDS_NATS_KEY: {
    ...value.path('the path of a file with a private key in PEM'),
    about: 'Private key of the certificate in MANYHANDS_NATS_CERT.',
    unset: 'none',
    example: '/etc/manyhands/nats-client-key.pem',
    readers: allServices,
    wrong: 'no/such-key.pem',
  },
  MANYHANDS_NATS_DOMAIN: {
    ...value.domain,
    about: 'JetStream domain of the servers that keep the streams, where NATS_URL leads to a leafnode of theirs.',
    unset: 'that of the server in NATS_URL',
    example: 'hub',
    readers: allServices,
    wrong: 'two words',
  },
} as const;
