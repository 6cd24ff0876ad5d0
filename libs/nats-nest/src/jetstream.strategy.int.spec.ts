import 'reflect-metadata';
import { openBroker, provision } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import { coreSubjects, encode, eventSubjects, newJobId, type JobFinished } from '@manyhands/proto';
import { aJobFinished, createSignal, startNatsServer, type NatsServer, type Signal } from '@manyhands/testkit';
import { Controller, Module, type INestMicroservice, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  JetStreamStrategy,
  OnMailboxBatch,
  OnMailboxRelease,
  OnQuery,
  OnStep,
  StepContext,
  type MailboxHandlers,
} from './index.ts';

let server: NatsServer;
let broker: Broker;
let heard: Signal<unknown>;
let mailbox: { handlers?: MailboxHandlers; closed: boolean };
const apps: INestMicroservice[] = [];

beforeAll(async () => {
  server = await startNatsServer();
  broker = await openBroker({ url: server.url, name: 'test' });
  await provision(broker);
});
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
});
afterAll(async () => {
  await broker?.close();
  await server?.stop();
});

async function start(...controllers: Type[]): Promise<INestMicroservice> {
  heard = createSignal();
  mailbox = { closed: false };
  class Root {}
  Module({ controllers })(Root);
  const strategy = new JetStreamStrategy({
    broker,
    async mailbox(handlers) {
      mailbox.handlers = handlers;
      return { close: async () => void (mailbox.closed = true) };
    },
  });
  const app = await NestFactory.createMicroservice(Root, { strategy, logger: false, abortOnError: false });
  apps.push(app);
  await app.listen();
  return app;
}

describe('the NATS transport', () => {
  it('opens the mailbox with the marked methods as its handlers, and closes it', async () => {
    const release = { partition: '3', why: 'closed' };
    @Controller()
    class Jobs {
      @OnMailboxBatch()
      async take(batch: unknown): Promise<void> {
        if (batch === 'bad') throw new Error('not now');
        heard.emit('batch', batch);
      }

      @OnMailboxRelease()
      async release(release: unknown): Promise<void> {
        heard.emit('release', release);
      }
    }
    const app = await start(Jobs);
    await mailbox.handlers!.handle(['one']);
    expect(await heard.wait('batch')).toEqual(['one']);
    await expect(mailbox.handlers!.handle('bad')).rejects.toThrow('not now');
    await mailbox.handlers!.released(release);
    expect(await heard.wait('release')).toEqual(release);
    await app.close();
    expect(mailbox.closed).toBe(true);
  });

  it('hands each event of a step to the controller until it resolves once', async () => {
    let failures = 0;
    @Controller()
    class History {
      @OnStep('finish')
      async write(@Payload() message: JobFinished, @Ctx() context: StepContext): Promise<void> {
        if ((failures += 1) === 1) throw new Error('database is locked');
        heard.emit('finished', { message, event: context.event });
      }
    }
    await start(History);
    const finished = aJobFinished();
    const subject = eventSubjects.finished('local', newJobId());
    await broker.jetstream.publish(subject, encode({}));
    await broker.jetstream.publish(subject, encode(finished));

    expect(await heard.wait('finished')).toMatchObject({ message: finished, event: { subject, delivery: 2 } });
    expect(heard.count('finished')).toBe(1);
  });

  it('answers queries with what the controller returns, and not at all when it throws', async () => {
    @Controller()
    class Exposition {
      @OnQuery(coreSubjects.queryMetrics)
      render(data: Uint8Array): unknown {
        const asked = new TextDecoder().decode(data);
        if (asked === 'fail') throw new Error('no metrics');
        if (asked === 'nothing') return undefined;
        return asked === 'json' ? { up: 1 } : 'up 1\n';
      }
    }
    await start(Exposition);
    const ask = async (text: string) =>
      new TextDecoder().decode(await broker.request(coreSubjects.queryMetrics, new TextEncoder().encode(text), 500));

    expect(await ask('')).toBe('up 1\n');
    expect(await ask('json')).toBe('{"up":1}');
    expect(await ask('nothing')).toBe('null');
    await expect(ask('fail')).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('asks one process of several', async () => {
    @Controller()
    class Exposition {
      @OnQuery(coreSubjects.queryMetrics)
      render(): string {
        heard.emit('asked');
        return '';
      }
    }
    await start(Exposition);
    await start(Exposition);
    await broker.request(coreSubjects.queryMetrics, new Uint8Array(), 500);
    await broker.connection.flush();
    expect(heard.count('asked')).toBe(1);
  });
});

describe('the boot of the NATS transport', () => {
  @Controller()
  class Jobs {
    @OnMailboxBatch()
    async take(): Promise<void> {}
  }
  @Controller()
  class AlsoJobs {
    @OnMailboxBatch()
    async takeToo(): Promise<void> {}
  }
  @Controller()
  class Exposition {
    @OnQuery('query.test')
    one(): string {
      return '1';
    }

    @OnQuery('query.test')
    two(): string {
      return '2';
    }
  }
  @Controller()
  class Foreign {
    @EventPattern({ cmd: 'anything' })
    anything(): void {}
  }
  @Controller()
  class Request {
    @MessagePattern({ cmd: 'sum' })
    sum(): number {
      return 0;
    }
  }

  it('refuses two handlers of one thing, naming both', async () => {
    await expect(start(Jobs, AlsoJobs)).rejects.toThrow('two handlers of "mailbox_batch": Jobs.take and AlsoJobs.takeToo');
    await expect(start(Exposition)).rejects.toThrow('two handlers of "query query.test": Exposition.one and Exposition.two');
  });

  it('refuses handlers that nothing would ever reach', async () => {
    await expect(start(Foreign)).rejects.toThrow('anything');
    await expect(start(Request)).rejects.toThrow('{"cmd":"sum"}');
  });

  it('refuses to take mailbox batches without knowing how', async () => {
    class Root {}
    Module({ controllers: [Jobs] })(Root);
    const app = await NestFactory.createMicroservice(Root, {
      strategy: new JetStreamStrategy({ broker }),
      logger: false,
      abortOnError: false,
    });
    await expect(app.listen()).rejects.toThrow('needs the option `mailbox`');
    await app.close();
  });

  it('gives access to the broker, and has no events of its own', () => {
    const strategy = new JetStreamStrategy({ broker });
    expect(strategy.unwrap()).toBe(broker);
    expect(() => strategy.on()).toThrow('onConnected');
  });
});
