/** The two forms of metrics as text, and which of them a reader wants. Pure. */

/** With examples: beside a bucket of a histogram the trace of the newest value in it. */
export const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
export const PLAIN_METRICS = 'text/plain; version=0.0.4; charset=utf-8';

const END = '# EOF';

/** Whether a reader that sends this header `Accept` takes OpenMetrics. */
export function takesOpenMetrics(accept: string | undefined): boolean {
  return /(^|,)\s*application\/openmetrics-text\s*(;|,|$)/i.test(accept ?? '');
}

export function isOpenMetrics(text: string): boolean {
  return text.trimEnd().endsWith(END);
}

/** OpenMetrics as the older form, which knows no examples, and calls a counter as its series are called. */
export function asPlain(text: string): string {
  const counters = new Set([...text.matchAll(/^# TYPE (\S+) counter$/gm)].map(([, name]) => name));
  const lines = text.split('\n').filter((line) => line !== END);
  return lines
    .map((line) => {
      if (!line.startsWith('#')) return withoutExemplar(line);
      const [, head, name, rest] = /^(# (?:HELP|TYPE)) (\S+)( .*)?$/.exec(line) ?? [];
      return name !== undefined && counters.has(name) && !name.endsWith('_total') ? `${head} ${name}_total${rest ?? ''}` : line;
    })
    .join('\n');
}

/** Of a bucket: what stands after its value. */
function withoutExemplar(line: string): string {
  const at = line.lastIndexOf(' # {');
  if (at === -1 || !line.includes('_bucket{')) return line;
  // In the value of a label it is no end: there no label closes before the last space.
  const series = line.slice(0, at);
  return series[series.lastIndexOf(' ') - 1] === '}' ? series : line;
}
