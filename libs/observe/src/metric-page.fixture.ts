/** Makes docs/operations/metrics.md from the table of metrics. Pure. */
import { COORDINATOR_COUNTS, coordinatorMetric, EXPOSED, LABELS, type Metric } from './metric.ts';

/** What Node measures of a process, as prom-client exposes it. Those marked are read from /proc, so only on Linux. */
export const OF_PROCESS: Readonly<Record<string, { about: string; onlyLinux?: true }>> = {
  process_cpu_user_seconds_total: { about: 'Processor time in our code.' },
  process_cpu_system_seconds_total: { about: 'Processor time in the operating system.' },
  process_cpu_seconds_total: { about: 'Both together.' },
  process_start_time_seconds: { about: 'When the process started, seconds since 1970.' },
  process_resident_memory_bytes: { about: 'Memory of the process.' },
  process_virtual_memory_bytes: { about: 'Addresses that are reserved.', onlyLinux: true },
  process_heap_bytes: { about: 'Size of the data segment.', onlyLinux: true },
  process_open_fds: { about: 'Open files and sockets.', onlyLinux: true },
  process_max_fds: { about: 'As many as there may be.', onlyLinux: true },
  nodejs_eventloop_lag_seconds: { about: 'How late the event loop is, as of the last look.' },
  nodejs_eventloop_lag_min_seconds: { about: 'The least since the last look.' },
  nodejs_eventloop_lag_max_seconds: { about: 'The most.' },
  nodejs_eventloop_lag_mean_seconds: { about: 'The mean.' },
  nodejs_eventloop_lag_stddev_seconds: { about: 'The standard deviation.' },
  nodejs_eventloop_lag_p50_seconds: { about: 'Half of all turns of the loop were less late.' },
  nodejs_eventloop_lag_p90_seconds: { about: 'Nine tenths.' },
  nodejs_eventloop_lag_p99_seconds: { about: 'Ninety-nine of a hundred.' },
  nodejs_active_resources: { about: 'What keeps the process alive, by `type`.' },
  nodejs_active_resources_total: { about: 'The sum of it.' },
  nodejs_active_handles: { about: 'Handles of libuv, by `type`.' },
  nodejs_active_handles_total: { about: 'The sum of it.' },
  nodejs_active_requests: { about: 'Requests of libuv, by `type`; no series while there are none.' },
  nodejs_active_requests_total: { about: 'The sum of it.' },
  nodejs_heap_size_total_bytes: { about: 'The heap of V8.' },
  nodejs_heap_size_used_bytes: { about: 'What of it is used.' },
  nodejs_external_memory_bytes: { about: 'Memory outside the heap that belongs to objects in it.' },
  nodejs_heap_space_size_total_bytes: { about: 'Each part of the heap, by `space`.' },
  nodejs_heap_space_size_used_bytes: { about: 'What of it is used.' },
  nodejs_heap_space_size_available_bytes: { about: 'What of it is left.' },
  nodejs_version_info: { about: 'The version of Node, as labels.' },
  nodejs_gc_duration_seconds: { about: 'Collections of garbage, by `kind`.' },
};

export function metricsPage(): string {
  const labels = [...new Set(Object.values(EXPOSED).flatMap((metrics) => metrics.flatMap((metric) => metric.labels)))];
  const counts = Object.keys(COORDINATOR_COUNTS).map((name) => coordinatorMetric(name));
  return `${[
    '# Metrics',
    'Made from [the table](../../libs/observe/src/metric.ts) by `npx vitest run --project unit libs/observe/src/metric-page -u`; a test holds the two together.',
    'A gateway answers [`/metrics`](deploy.md#health) in the text format of Prometheus: what it knows of itself, and what the metrics service knows of the whole system; with `AUTH=on` to administrators alone. On `HEALTH_PORT`, when that is set, each process answers it without a sign-in: the metrics service with what is of the system, every other with what is its own. Ask one gateway on its `PORT`, or each process on its `HEALTH_PORT`, and not both: the series of the system are the same in all of them.',
    [
      '- Names begin with `manyhands_` and end with their unit (`_seconds`, `_bytes`), counters with `_total`. What has no unit is a number of things.',
      '- A gauge states how it was at the last look, at most two seconds ago. A counter begins with 0 when its process starts: use `rate` or `increase`.',
      '- No label holds the id of a job, a lease, a worker or a user, so the number of series depends on how many kinds and routes there are, and not on how many jobs.',
      '- Alerts for Prometheus are in [rules.yaml](../../deploy/observe/rules.yaml), a board for Grafana in [board.json](../../deploy/observe/board.json); both are held against this list, and the alerts against made series (`promtool test rules deploy/observe/rules.test.yaml`) and against a real system in which each cause is made (`EACH_ALERT=1 npx vitest run --project e2e e2e/operations/prometheus`). Where one Prometheus asks several systems, each needs a `job` of its own, as the chart gives it: the board shows the one that is chosen, and of it all processes or some.',
      '- A client that accepts `application/openmetrics-text`, as Prometheus does, gets an example beside a bucket of a histogram: the `trace_id` of the newest traced request or job that took so long (`--enable-feature=exemplar-storage` keeps them).',
    ].join('\n'),
    '## Of the system, from the metrics service',
    table(EXPOSED.metrics),
    'Coordinators count in their heartbeats what should not happen often; the metrics service sums it over all of them. A count appears with the first coordinator.',
    table(counts),
    '## Of each gateway',
    table(EXPOSED.gateway),
    '## Of each compute process',
    'On its `HEALTH_PORT` only: a gateway does not know them.',
    table(EXPOSED.compute),
    '## Of each process',
    'Gateway, coordinator, compute and metrics. A coordinator has nothing else: what it does is in its heartbeats, and so in the metrics of the system.',
    tableOf(
      ['metric', 'meaning'],
      Object.entries(OF_PROCESS).map(([name, { about, onlyLinux }]) => [
        `\`${name}\``,
        onlyLinux ? `${about} Only on Linux.` : about,
      ]),
    ),
    '## Labels',
    tableOf(
      ['label', 'values'],
      [...labels, 'service' as const].map((label) => [`\`${label}\``, LABELS[label]]),
    ),
  ].join('\n\n')}\n`;
}

function table(metrics: readonly Metric[]): string {
  const rows = metrics.map(({ name, type, labels, help }) => [
    `\`${name}\``,
    type,
    unitOf(name),
    labels.map((label) => `\`${label}\``).join(', '),
    help,
  ]);
  return tableOf(['metric', 'type', 'unit', 'labels', 'meaning'], rows);
}

function unitOf(name: string): string {
  return /_(seconds|bytes)(?:_total)?$/.exec(name)?.[1] ?? '';
}

function tableOf(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  return [line(heads), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
