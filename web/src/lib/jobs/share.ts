/** What of a job's page its address holds, and who an address shows it to. Pure. */

/** What is chosen in the tab that is shown: null is as it is without a choice. */
export type Chosen = Readonly<Record<string, string | null>>;

/** The same address with what is chosen. */
export function chosenAddress(address: Pick<URL, 'pathname' | 'search'>, chosen: Chosen): string {
  const query = new URLSearchParams(address.search);
  for (const [name, value] of Object.entries(chosen)) {
    if (value === null) query.delete(name);
    else query.set(name, value);
  }
  return address.pathname + (query.size > 0 ? `?${query.toString()}` : '');
}

/** The chunk that an address names; null where it names none. */
export function chunkIn(query: { get(name: string): string | null }): number | null {
  const named = query.get('chunk') ?? '';
  return /^\d{1,15}$/.test(named) ? Number(named) : null;
}

interface Reader {
  /** Where the page is from. */
  hostname: string;
  /** Whether there are accounts, and how the one that reads is called, where that is known. */
  signedIn: boolean;
  account: string | null;
}

/** Who the address shows the job to, in sentences. */
export function reachOf({ hostname, signedIn, account }: Reader): string {
  const who = signedIn
    ? `It shows the job to whoever signs in as ${account ?? 'this account'}; for other accounts there is no such job.`
    : 'It shows the job to whoever reaches this address: there are no accounts here.';
  return isOfThisMachine(hostname)
    ? `${who} It leads to this machine alone: to share it, open the dashboard under a name that others reach.`
    : who;
}

/** Whether a name leads to the machine that opens it, whichever that is. */
export function isOfThisMachine(hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}
