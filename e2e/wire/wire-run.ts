/** One run of the fuzzer against a gateway of its own, and what it left there. */
import { startNatsServer } from '@manyhands/testkit';
import { residentMb, startGateway } from '../clients/gateway-process.ts';
import { fuzzFraming } from './framing-fuzz.ts';
import { fuzzWire, openConnections } from './fuzz.ts';

export interface WireVerdict {
  readonly answered: number;
  /** Requests sent behind others that were answered in step. */
  readonly marksSeen: number;
  /** Open in the gateway once it had time to let go. */
  readonly connectionsLeft: number;
  /** Megabytes resident after the first third, and after all. */
  readonly earlyMb: number;
  readonly lateMb: number;
}

/** So that what is garbage does not look like what is kept. */
const smallHeap = ['--max-old-space-size=128', '--max-semi-space-size=1'];
const letGoWithinMs = 15_000;

export async function runWire({ seed, count }: { seed: number; count: number }): Promise<WireVerdict> {
  const nats = await startNatsServer();
  try {
    const gateway = await startGateway(nats.url, smallHeap);
    try {
      // What asked whether it is ready keeps its connection, for a while.
      const before = await openConnections(gateway.origin);
      const left = async (): Promise<number> => Math.max(0, (await openConnections(gateway.origin)) - before);
      const early = await fuzzWire({ origin: gateway.origin, seed, count: Math.ceil(count / 3) });
      const { marksSeen } = await fuzzFraming({ origin: gateway.origin, seed, count: Math.ceil(count / 6) });
      const earlyMb = residentMb(gateway.pid);
      const late = await fuzzWire({ origin: gateway.origin, seed: seed + 1, count: count - Math.ceil(count / 3) });
      const untilMs = performance.now() + letGoWithinMs;
      let connectionsLeft = await left();
      while (connectionsLeft > 0 && performance.now() < untilMs) connectionsLeft = await left();
      return { answered: early.answered + late.answered, marksSeen, connectionsLeft, earlyMb, lateMb: residentMb(gateway.pid) };
    } finally {
      await gateway.stop();
    }
  } finally {
    await nats.stop();
  }
}
