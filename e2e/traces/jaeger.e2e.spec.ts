/**
 * A real Jaeger takes the spans of a job and shows them as one trace. What is in the trace is checked by `traces.e2e.spec.ts`, against a collector that is strict.
 *
 * Skipped by name where there is no Jaeger: e2e/traces/jaeger-program.sh builds it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reservedPort } from '@manyhands/testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { programIn } from '../deploy/chart.ts';
import { startSystem, type System } from '../fixture/system.ts';

interface Trace {
  spans: {
    spanID: string;
    operationName: string;
    processID: string;
    references: { refType: string; spanID: string }[];
    tags: { key: string; value: unknown }[];
  }[];
  processes: Record<string, { serviceName: string }>;
}

const program = programIn('jaeger');

/** As it comes from its makers, traces in memory, but for the ports. */
const configuration = (otlp: number, http: number, grpc: number): string => `
service:
  extensions: [jaeger_storage, jaeger_query]
  pipelines:
    traces: { receivers: [otlp], processors: [batch], exporters: [jaeger_storage_exporter] }
  telemetry: { metrics: { level: none } }
extensions:
  jaeger_storage: { backends: { memory: { memory: { max_traces: 1000 } } } }
  jaeger_query:
    storage: { traces: memory }
    http: { endpoint: '127.0.0.1:${http}' }
    grpc: { endpoint: '127.0.0.1:${grpc}' }
receivers: { otlp: { protocols: { http: { endpoint: '127.0.0.1:${otlp}' } } } }
processors: { batch: {} }
exporters: { jaeger_storage_exporter: { trace_storage: memory } }
`;

describe.skipIf(program === undefined)('Jaeger', () => {
  let jaeger: ChildProcess;
  let system: System;
  let query: string;
  const folder = mkdtempSync(join(tmpdir(), 'manyhands-jaeger-'));

  beforeAll(async () => {
    const [otlp, http, grpc] = [await reservedPort(), await reservedPort(), await reservedPort()];
    writeFileSync(join(folder, 'jaeger.yaml'), configuration(otlp, http, grpc));
    jaeger = spawn(program!, ['--config', join(folder, 'jaeger.yaml')], { stdio: 'ignore' });
    query = `http://127.0.0.1:${http}`;
    await vi.waitFor(async () => expect((await fetch(`${query}/api/services`)).status).toBe(200), { timeout: 30_000 });
    system = await startSystem({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${otlp}` } });
  });
  afterAll(async () => {
    await system?.stop();
    jaeger?.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('shows a job as one trace: its request, the job in it, its leases in that', async () => {
    const answer = await fetch(`${system.baseUrl}/v1/jobs?wait=60`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ kind: 'primes', params: { n: 1_000_000 }, chunks: 8 }),
    });
    const { job_id: job, status } = (await answer.json()) as { job_id: string; status: string };
    expect(status).toBe('completed');
    const { spans, processes } = await vi.waitFor(
      async () => {
        const found = (await (await fetch(`${query}/api/traces?service=manyhands-gateway&limit=100`)).json()) as {
          data: Trace[];
        };
        const trace = found.data.find((one) => one.spans.some(({ tags }) => tags.some(({ value }) => value === job)));
        const services = new Set(Object.values(trace?.processes ?? {}).map(({ serviceName }) => serviceName));
        expect([...services].sort()).toEqual(['manyhands-compute', 'manyhands-coordinator', 'manyhands-gateway']);
        const ids = new Set(trace!.spans.map(({ spanID }) => spanID));
        const apart = trace!.spans.filter(({ references }) => !references.some(({ spanID }) => ids.has(spanID)));
        expect(apart.map(({ operationName }) => operationName)).toEqual(['POST /v1/jobs']);
        return trace!;
      },
      { timeout: 30_000, interval: 500 },
    );
    const leases = spans.filter(({ operationName }) => operationName === 'lease primes');
    expect(leases.length).toBeGreaterThan(0);
    expect(new Set(leases.map(({ processID }) => processes[processID]!.serviceName))).toEqual(new Set(['manyhands-compute']));
  });
});
