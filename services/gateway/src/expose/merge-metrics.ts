/**
 * Joins Prometheus texts of several processes into one. A family that several report is written once with the samples of all,
 * because a reader may refuse a text that describes a metric twice.
 */
export function mergeMetrics(texts: readonly string[]): string {
  const families = new Map<string, { head: string[]; samples: string[] }>();
  for (const text of texts) {
    let family: { head: string[]; samples: string[] } | undefined;
    let isFirst = false;
    for (const line of text.split('\n')) {
      const name = /^# (?:HELP|TYPE) (\S+)/.exec(line)?.[1];
      if (name !== undefined) {
        const known = families.get(name);
        if (known === undefined) {
          family = { head: [], samples: [] };
          families.set(name, family);
          isFirst = true;
        } else {
          isFirst = isFirst && known === family;
          family = known;
        }
        if (isFirst) family.head.push(line);
      } else if (line.trim() !== '' && !line.startsWith('#')) {
        if (family === undefined) families.set('', (family = families.get('') ?? { head: [], samples: [] }));
        family.samples.push(line);
      }
    }
  }
  return [...families.values()].flatMap(({ head, samples }) => [...head, ...samples]).join('\n') + '\n';
}
