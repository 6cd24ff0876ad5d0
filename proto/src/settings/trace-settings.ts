/** The settings of traces: those of OpenTelemetry, by its names. Rows of the table in `settings.ts`. */
import * as value from './setting-values.ts';

/** Metrics has no part in a job. */
const readers = ['gateway', 'coordinator', 'compute'] as const;

export const TRACE_SETTINGS = {
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    ...value.addresses('an address like http://127.0.0.1:4318', /^https?:\/\//i),
    about:
      'Collector of OpenTelemetry that traces are sent to, as OTLP/HTTP in JSON, at `/v1/traces` below it. One trace shows a job from its request to its result, with its leases and what its task code fetched.',
    unset: 'no traces are made',
    example: 'http://127.0.0.1:4318',
    readers,
    wrong: 'localhost:4318',
  },
  OTEL_EXPORTER_OTLP_HEADERS: {
    ...value.headers,
    about: 'Headers that are sent to the collector, such as a token.',
    unset: 'none are sent',
    example: 'authorization=Bearer%20a-long-secret',
    readers,
    wrong: 'no-equals-sign',
    secret: true,
  },
  OTEL_TRACES_SAMPLER_ARG: {
    ...value.number(0, 1, 'a number'),
    about:
      'Which part of the requests begins a trace: 0.1 is one of ten. A request that comes with a `traceparent` is traced when that states so.',
    default: '1',
    readers,
    wrong: '10%',
  },
} as const;
