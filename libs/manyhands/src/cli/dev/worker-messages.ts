/** What `manyhands dev` and its worker process send each other. */
export interface WorkerOrder {
  modules: string[];
  slots: number | undefined;
  natsUrl: string;
}

/** In this order: `loaded` or `refused`; after `go`, `working` or `refused`. */
export type FromWorker =
  { type: 'loaded'; kinds: string[] } | { type: 'working'; kinds: string[] } | { type: 'refused'; reason: string };

export type ToWorker = { type: 'load'; order: WorkerOrder } | { type: 'go' };
