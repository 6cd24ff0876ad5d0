/** Logs that NATS went away and came back, and how long it was away; and what fails again and again though it is there (`troubles.ts`). */
import type { Broker } from './broker.ts';

/** Every change from now on but the end of our own making. Returns how to stop. */
export function sayOutages(
  broker: Pick<Broker, 'onConnected' | 'connection' | 'troubles'>,
  warn: (sentence: string) => void,
  nowMs: () => number = () => performance.now(),
): () => void {
  let awaySinceMs: number | undefined;
  const stopTroubles = broker.troubles.listen(warn);
  const stop = broker.onConnected((connected) => {
    if (!connected && (broker.connection.isClosed() || broker.connection.isDraining())) return;
    if (!connected && awaySinceMs === undefined) {
      awaySinceMs = nowMs();
      warn('NATS is not reachable; reconnecting');
    } else if (connected && awaySinceMs !== undefined) {
      warn(`NATS is reachable again, after ${((nowMs() - awaySinceMs) / 1_000).toFixed(1)} s`);
      awaySinceMs = undefined;
    }
  });
  return () => (stop(), stopTroubles());
}
