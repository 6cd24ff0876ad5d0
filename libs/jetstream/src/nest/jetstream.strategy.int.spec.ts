import 'reflect-metadata';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Controller, Module, type INestMicroservice, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import {
  consumers,
  coreSubjects,
  encode,
  eventSubjects,
  mailboxSubjects,
  newJobId,
  partitionOf,
  STREAMS,
  type JobFinished,
} from '@manyhands/proto';
import {
  aJobFinished,
  aSubmitJob,
  createSignal,
  eventually,
  startNatsServer,
  type NatsServer,
  type Signal,
} from '@manyhands/testkit';
import type { Broker } from '../broker.ts';
import { openBucket } from '../bucket/jetstream-bucket.ts';
import { openBroker } from '../connect.ts';
import { decodeJobMessage, type JobMessage } from '../mailbox/mailbox-message.ts';
import { createMembership } from '../mailbox/membership.ts';
import type { MailboxBatch, PartitionRelease } from '../mailbox/partition-consumer.ts';
import { provision } from '../provision/provision.ts';
import { createOutbox } from '../publish/jetstream-outbox.ts';
import { JetStreamStrategy, OnMailboxBatch, OnMailboxRelease, OnQuery, OnStep, StepContext } from './index.ts';

let server: NatsServer;
let broker: Broker;
let memberCount = 0;
let heard: Signal<unknown>;
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
  class Root {}
  Module({ controllers })(Root);
  const membership = createMembership(broker, {
    bucket: await openBucket(broker, 'coordinators'),
    self: `member-${(memberCount += 1)}`,
  });
  const strategy = new JetStreamStrategy({
    broker,
    mailbox: { membership, decode: decodeJobMessage, outbox: createOutbox(broker) },
  });
  const app = await NestFactory.createMicroservice(Root, { strategy, logger: false, abortOnError: false });
  apps.push(app);
  await app.listen();
  return app;
}

async function ackFloor(partition: string): Promise<number> {
  return (await broker.manager.consumers.info(STREAMS.mailbox.name, consumers.partition(partition))).ack_floor.stream_seq;
}

async function submit(): Promise<{ jobId: string; sequence: number }> {
  const job = aSubmitJob({ job_id: newJobId() });
  const { seq } = await broker.jetstream.publish(mailboxSubjects.submit(job.job_id), encode(job));
  return { jobId: job.job_id, sequence: seq };
}

describe('the NATS transport', () => {
  it('hands mailbox batches to the controller and acknowledges them when it resolves', async () => {
    @Controller()
    class Jobs {
      @OnMailboxBatch()
      async take(batch: MailboxBatch<JobMessage>): Promise<void> {
        heard.emit('batch', batch);
      }
    }
    await start(Jobs);
    const { jobId, sequence } = await submit();

    expect(await heard.wait('batch')).toMatchObject({
      partition: partitionOf(jobId),
      messages: [{ actorId: jobId, sequence, message: { type: 'SubmitJob' } }],
    });
    await eventually(async () => expect(await ackFloor(partitionOf(jobId))).toBe(sequence));
  });

  it('gives the partition up when the controller throws, saying why, and hands the messages over again', async () => {
    const failure = new Error('not now');
    let failures = 0;
    @Controller()
    class Jobs {
      @OnMailboxBatch()
      async take(batch: MailboxBatch<JobMessage>): Promise<void> {
        if ((failures += 1) === 1) throw failure;
        heard.emit('batch', batch);
      }

      @OnMailboxRelease()
      async release(release: PartitionRelease): Promise<void> {
        heard.emit('release', release);
      }
    }
    await start(Jobs);
    const { jobId, sequence } = await submit();

    expect(await heard.wait('release')).toMatchObject({ partition: partitionOf(jobId), why: 'failed', error: failure });
    expect(await heard.wait('batch')).toMatchObject({ messages: [{ sequence, redelivered: true }] });
  });

  it('finishes the batch in hand before it closes', async () => {
    const gate = Promise.withResolvers<void>();
    @Controller()
    class Jobs {
      @OnMailboxBatch()
      async take(batch: MailboxBatch<JobMessage>): Promise<void> {
        heard.emit('batch', batch);
        await gate.promise;
      }
    }
    const app = await start(Jobs);
    const { jobId, sequence } = await submit();
    await heard.wait('batch');
    const closed = app.close();
    gate.resolve();
    await closed;

    expect(await ackFloor(partitionOf(jobId))).toBe(sequence);
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
      new TextDecoder().decode(await broker.ask(coreSubjects.queryMetrics, new TextEncoder().encode(text), 500));

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
    await broker.ask(coreSubjects.queryMetrics, new Uint8Array(), 500);
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
