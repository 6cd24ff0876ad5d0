/**
 * What traces cost: jobs of many small leases, of which one in ten is traced, in turns with jobs of which none is.
 *
 * Both are computed by one system that has a collector, so that nothing else differs. The collector is in this process, and takes part of the machine.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newSpanId, newTraceId, traceparentOf } from '@manyhands/observe';
import { startMeasuredSystem, type MeasuredSystem } from '../system.ts';
import { timed } from '../timing.ts';
import type { Workload } from '../workload.ts';

const JOBS = 100;
const CHUNKS = 100;
const TURNS = 6;
const TRACED_EVERY = 10;

export const tracedShare: Workload = {
  name: `${JOBS} jobs of ${CHUNKS} chunks at once, one in ${TRACED_EVERY} traced`,
  durability: '1s',
  async run() {
    const collector = await startCollector();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, MANYHANDS_LEASE_CHUNKS_MAX: '10' };
    const system = await startMeasuredSystem('1s', 1, 1, { env });
    const ms = { none: 0, some: 0 };
    try {
      await allOf(system, false);
      for (let turn = 0; turn < TURNS; turn += 1)
        for (const which of turn % 2 === 0 ? (['none', 'some'] as const) : (['some', 'none'] as const))
          ms[which] += await allOf(system, which === 'some');
    } finally {
      await system.stop();
      collector.close();
    }
    const chunks = TURNS * JOBS * CHUNKS;
    return {
      'chunks/s, none traced': chunks / (ms.none / 1_000),
      'chunks/s, one in ten traced': chunks / (ms.some / 1_000),
      'share that is left': ms.none / ms.some,
      'MB sent': collector.bytes() / 1e6,
    };
  },
};

async function allOf(system: MeasuredSystem, isTraced: boolean): Promise<number> {
  const one = async (_: unknown, index: number): Promise<void> => {
    const trace =
      isTraced && index % TRACED_EVERY === 0
        ? { trace: traceparentOf({ traceId: newTraceId(), spanId: newSpanId(), isSampled: true }) }
        : {};
    const { result } = await system.run({ kind: 'noop', params: {}, chunks: CHUNKS, ...trace });
    if (result !== CHUNKS) throw new Error(`counted ${JSON.stringify(result)} of ${CHUNKS} chunks`);
  };
  return (await timed(() => Promise.all(Array.from({ length: JOBS }, one)))).ms;
}

/** Takes whatever it is sent. */
async function startCollector(): Promise<{ endpoint: string; bytes: () => number; close: () => void }> {
  let bytes = 0;
  const server: Server = createServer((request, response) => {
    request.on('data', (data: Buffer) => (bytes += data.length)).on('end', () => response.end('{}'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { endpoint: `http://127.0.0.1:${port}`, bytes: () => bytes, close };
}
