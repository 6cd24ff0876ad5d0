import { provision } from '../provision/provision.ts';
import { openBroker, createOutbox, consumeEvents } from '../bound.ts';
import type { Broker, StoredEvent } from '@manyhands/nats';
import { eventSubjects, LOCAL_TENANT, ManyhandsError } from '@manyhands/proto';
import { createSignal, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

let server: NatsServer;
let broker: Broker;
let test = 0;
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  server = await startNatsServer();
  broker = await openBroker({ url: server.url, name: 'test' });
  await provision(broker);
});
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});
afterAll(async () => {
  await broker?.close();
  await server?.stop();
});

function publish(count: number, from = 0): Promise<unknown> {
  const events = Array.from({ length: count }, (_, n) => ({
    subject: eventSubjects.finished(`${LOCAL_TENANT}${test}`, `job${from + n}`),
    data: Buffer.from(String(from + n)),
  }));
  return createOutbox(broker).publishAll(events);
}
const numberOf = (event: StoredEvent) => Number(Buffer.from(event.data));

async function consume(
  handler: (event: StoredEvent) => Promise<void> | void,
  failed?: (event: StoredEvent, error: unknown, comesAgain: boolean) => void,
) {
  const consuming = await consumeEvents(broker, {
    durable: `test-${test}`,
    filter: `event.${LOCAL_TENANT}${test}.*.finished`,
    handler,
    ...(failed && { failed }),
  });
  stops.push(() => consuming.stop());
  return consuming;
}
async function state() {
  const info = await broker.manager.consumers.info('EVENTS', `test-${test}`);
  return { waiting: info.num_pending, unsettled: info.num_ack_pending };
}

describe('consumeEvents', () => {
  it('hands over every event in order and acknowledges it', async () => {
    test += 1;
    await publish(150);
    const heard = createSignal<number>();
    const seen: number[] = [];
    await consume((event) => {
      seen.push(numberOf(event));
      heard.emit(String(numberOf(event)));
    });
    await heard.wait('149');
    await publish(1, 150);
    await heard.wait('150');
    expect(seen).toEqual(Array.from({ length: 151 }, (_, n) => n));
    await expect.poll(state).toEqual({ waiting: 0, unsettled: 0 });
  });

  it('hands a failed event over again, and goes on with the others meanwhile', async () => {
    test += 1;
    await publish(3);
    const heard = createSignal<StoredEvent>();
    const failures: unknown[][] = [];
    await consume(
      (event) => {
        heard.emit(`${numberOf(event)} #${event.delivery}`, event);
        if (numberOf(event) === 0 && event.delivery === 1) throw new Error('database away');
      },
      (event, error, comesAgain) => failures.push([numberOf(event), (error as Error).message, comesAgain]),
    );
    await heard.wait('2 #1');
    await heard.wait('0 #2');
    expect(failures).toEqual([[0, 'database away', true]]);
    await expect.poll(state).toEqual({ waiting: 0, unsettled: 0 });
  });

  it('hands an undecodable event over once only', async () => {
    test += 1;
    await publish(2);
    const heard = createSignal<StoredEvent>();
    const failures: boolean[] = [];
    await consume(
      (event) => {
        heard.emit(String(numberOf(event)));
        if (numberOf(event) === 0) throw new ManyhandsError('undecodable', 'not JSON');
      },
      (_event, _error, comesAgain) => failures.push(comesAgain),
    );
    await heard.wait('1');
    await expect.poll(state).toEqual({ waiting: 0, unsettled: 0 });
    expect(failures).toEqual([false]);
    expect(heard.count('0')).toBe(1);
  });

  it('goes on after the server was killed', async () => {
    test += 1;
    const heard = createSignal<StoredEvent>();
    await consume((event) => heard.emit(String(numberOf(event))));
    await publish(1);
    await heard.wait('0');
    await server.kill();
    await server.restart();
    await publish(1, 1);
    await heard.wait('1');
  });

  it('stopped, hands back what it holds, and the next of its name goes on there', async () => {
    test += 1;
    await publish(10);
    const heard = createSignal<StoredEvent>();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const first = await consume(async (event) => {
      heard.emit(`first ${numberOf(event)}`);
      await released;
    });
    await heard.wait('first 0');
    // What is still on its way to it when it stops comes again after its ack wait.
    await eventually(async () => expect(await state()).toEqual({ waiting: 0, unsettled: 10 }));
    await broker.connection.flush();
    const stopping = first.stop();
    release();
    await stopping;
    expect(heard.count('first 1')).toBe(0);
    await consume((event) => heard.emit(`second ${numberOf(event)}`));
    for (let n = 1; n < 10; n += 1) await heard.wait(`second ${n}`);
    expect(heard.count('second 0')).toBe(0);
  });
});

describe('a consumer that is removed by hand', () => {
  async function removed(options: { mendAfterMs: number }) {
    test += 1;
    const heard = createSignal<number>();
    const troubles: unknown[] = [];
    const consuming = await consumeEvents(broker, {
      durable: `test-${test}`,
      filter: `event.${LOCAL_TENANT}${test}.*.finished`,
      handler: (event) => void heard.emit('event', numberOf(event)),
      troubled: (error) => troubles.push(error),
      ...options,
    });
    stops.push(() => consuming.stop());
    await publish(1);
    await heard.wait('event');
    const { config } = await broker.manager.consumers.info('EVENTS', `test-${test}`);
    await broker.manager.consumers.delete('EVENTS', `test-${test}`);
    await publish(1, 1);
    return { heard, troubles, config };
  }

  // Seen: nobody said a word, and no event was ever handled again.
  it('is made anew by who uses it, which is said once', async () => {
    const { heard, troubles } = await removed({ mendAfterMs: 500 });
    expect(await heard.wait('event', (number) => number === 1)).toBe(1);
    expect(troubles).toHaveLength(1);
  });

  it('and made anew by somebody else is used at once', async () => {
    const { heard, troubles, config } = await removed({ mendAfterMs: 600_000 });
    await expect.poll(() => troubles.length, { timeout: 10_000 }).toBe(1);
    await broker.manager.consumers.add('EVENTS', config);
    expect(await heard.wait('event', (number) => number === 1)).toBe(1);
  });
});
