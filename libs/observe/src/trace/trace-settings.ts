/** Where traces go, from the settings of OpenTelemetry. Pure. */
import type { Settings } from '@manyhands/proto/settings';

export interface TracerSettings {
  /** Where `/v1/traces` is appended. */
  endpoint: string;
  /** Sent with each request. */
  headers: Readonly<Record<string, string>>;
  /** Which part of the requests without a trace of their own begins one: 0 to 1. */
  ratio: number;
}

type Given = Settings<'OTEL_EXPORTER_OTLP_ENDPOINT' | 'OTEL_EXPORTER_OTLP_HEADERS' | 'OTEL_TRACES_SAMPLER_ARG'>;

export function tracerSettings(given: Given): TracerSettings | undefined {
  const endpoint = given.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (endpoint === undefined) return undefined;
  return { endpoint, headers: given.OTEL_EXPORTER_OTLP_HEADERS ?? {}, ratio: given.OTEL_TRACES_SAMPLER_ARG };
}
