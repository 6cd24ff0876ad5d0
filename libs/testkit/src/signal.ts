/**
 * Named test signals: code under test emits that something happened, the test waits for it. This is how tests wait instead of
 * sleeping.
 *
 * Invariant: an emission is never missed (it is kept until a test waits for it) and never seen twice.
 */
export interface Signal<Value = unknown> {
  emit(name: string, value?: Value): void;
  /** The next emission of `name` not yet waited for that `matches`. Rejects after `withinMs` (default 15 s), naming what was received. */
  wait(name: string, matches?: (value: Value) => boolean, withinMs?: number): Promise<Value>;
  /** How often `name` was emitted so far. */
  count(name: string): number;
}

interface Waiting<Value> {
  name: string;
  matches: (value: Value) => boolean;
  resolve(value: Value): void;
}

export function createSignal<Value = unknown>(): Signal<Value> {
  const unseen: { name: string; value: Value }[] = [];
  const waiting = new Set<Waiting<Value>>();
  const counts = new Map<string, number>();

  return {
    emit(name, value) {
      counts.set(name, (counts.get(name) ?? 0) + 1);
      for (const waiter of waiting) {
        if (waiter.name === name && waiter.matches(value as Value)) return waiter.resolve(value as Value);
      }
      unseen.push({ name, value: value as Value });
    },
    async wait(name, matches = () => true, withinMs = 15_000) {
      const at = unseen.findIndex((emission) => emission.name === name && matches(emission.value));
      const [seen] = at < 0 ? [] : unseen.splice(at, 1);
      if (seen !== undefined) return seen.value;
      return new Promise((resolve, reject) => {
        const waiter: Waiting<Value> = {
          name,
          matches,
          resolve(value) {
            clearTimeout(timer);
            waiting.delete(waiter);
            resolve(value);
          },
        };
        const timer = setTimeout(() => {
          waiting.delete(waiter);
          const heard = [...counts].map(([other, count]) => `${other} ×${count}`).join(', ') || 'nothing';
          reject(new Error(`no signal "${name}" within ${withinMs} ms; received: ${heard}`));
        }, withinMs);
        waiting.add(waiter);
      });
    },
    count: (name) => counts.get(name) ?? 0,
  };
}
