/** How long to wait before what may succeed later is tried again. */
export interface RetrySettings {
  /** Milliseconds before the first new try; doubles up to `retryMsMax`. */
  retryMs: number;
  retryMsMax: number;
  /** New tries without any progress. */
  triesMax: number;
}

/** Rejects with the signal's reason when it is aborted meanwhile. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', aborted, { once: true });
    function done(): void {
      signal?.removeEventListener('abort', aborted);
      resolve();
    }
    function aborted(): void {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    }
  });
}
