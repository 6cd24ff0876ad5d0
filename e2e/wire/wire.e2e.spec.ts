import { expect, it } from 'vitest';
import { natsServer } from '../fixture/system.ts';
import { runWire } from './wire-run.ts';

// Seen: one client that reset a refused WebSocket ended the gateway.
it(
  'connections that stop at any byte and end in any way neither end the gateway nor stay in it, and its answers come in step',
  { timeout: 120_000 },
  async () => {
    process.env['MANYHANDS_NATS_SERVER'] = natsServer();
    const seen = await runWire({ seed: 9, count: 3_000 });
    expect(seen.answered).toBeGreaterThan(50);
    expect(seen.marksSeen).toBeGreaterThan(500);
    expect(seen.connectionsLeft).toBe(0);
    // After the first thousand connections its memory is as large as it gets.
    expect(seen.lateMb - seen.earlyMb).toBeLessThan(25);
  },
);
