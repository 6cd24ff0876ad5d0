/** Where traces go, from the settings of OpenTelemetry. Pure. */
import type { Settings } from '@manyhands/proto/settings';
import type { TracerSettings } from './tracer.ts';

type Given = Settings<'OTEL_EXPORTER_OTLP_ENDPOINT' | 'OTEL_EXPORTER_OTLP_HEADERS' | 'OTEL_TRACES_SAMPLER_ARG'>;

export function tracerSettings(given: Given): TracerSettings | undefined {
  const endpoint = given.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (endpoint === undefined) return undefined;
  return { endpoint, headers: given.OTEL_EXPORTER_OTLP_HEADERS ?? {}, ratio: given.OTEL_TRACES_SAMPLER_ARG };
}
