/** The tabs of a job's page, and the address that holds which is shown. Pure. */

export const jobTabs = ['map', 'lanes', 'failures', 'logs', 'time', 'params', 'raw'] as const;
export type JobTab = (typeof jobTabs)[number];

export const jobTabNames: Readonly<Record<JobTab, string>> = {
  map: 'Map',
  lanes: 'Lanes',
  failures: 'Failures',
  logs: 'Logs',
  time: 'Time',
  params: 'Params',
  raw: 'Raw',
};

/** The one that the address names; the map where it names none, or the params of a job without chunks. */
export function jobTabOf(query: { get(name: string): string | null }, chunkCount: number): JobTab {
  return jobTabs.find((tab) => tab === query.get('tab')) ?? (chunkCount > 0 ? 'map' : 'params');
}

export function jobTabAddress(path: string, tab: JobTab): string {
  return `${path}?tab=${tab}`;
}
