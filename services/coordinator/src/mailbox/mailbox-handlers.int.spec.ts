import 'reflect-metadata';
import { createOutbox, openBucket } from '@manyhands/broker';
import { JetStreamStrategy, OnMailboxBatch, OnMailboxRelease } from '@manyhands/nats-nest';
import { consumers, encode, mailboxSubjects, newJobId, partitionOf, STREAMS } from '@manyhands/proto';
import { aSubmitJob, createSignal, eventually, type Signal } from '@manyhands/testkit';
import { broker, useProvisionedServer } from '@manyhands/testkit/provisioned-server';
import { Controller, Module, type INestMicroservice, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterEach, describe, expect, it } from 'vitest';
import { decodeJobMessage, type JobMessage } from './mailbox-message.ts';
import { openMailbox } from './mailbox.ts';
import { createMembership } from './membership.ts';
import type { MailboxBatch, PartitionRelease } from './partition-consumer.ts';

let memberCount = 0;
let heard: Signal<unknown>;
const apps: INestMicroservice[] = [];

useProvisionedServer();
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
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
    mailbox: (handlers) =>
      openMailbox(broker, { membership, decode: decodeJobMessage, outbox: createOutbox(broker), ...handlers }),
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

describe('the mailbox under the handlers of a controller', () => {
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
});
