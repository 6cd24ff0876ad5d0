/** Builds the coordinator as a Nest microservice on NATS. */
import 'reflect-metadata';
import { openMailbox, type MailboxOptions } from './mailbox/mailbox.ts';
import { decodeJobMessage, type JobMessage } from './mailbox/mailbox-message.ts';
import { PatientOutbox } from './mailbox/patient-outbox.ts';
import { sayOutages } from '@manyhands/nats';
import { JetStreamStrategy, NestLog } from '@manyhands/nats-nest';
import { createLogger, openTracer } from '@manyhands/observe';
import type { INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AssetCare } from './care/asset-care.ts';
import { openBus, type Bus } from './bus.ts';
import { JobTrace } from './effects/job-trace.ts';
import type { CoordinatorConfig } from './config.ts';
import { CoordinatorModule } from './coordinator.module.ts';
import { JobTurns } from './takeover/job-turns.ts';

/** Connected and provisioned, ready to `listen`. */
export async function createCoordinator(config: CoordinatorConfig): Promise<INestMicroservice> {
  return coordinatorOn(await openBus(config), config);
}

export async function coordinatorOn(bus: Bus, config: CoordinatorConfig): Promise<INestMicroservice> {
  const log = createLogger('coordinator', { level: config.logLevel });
  const { broker, outbox, membership } = bus;
  const letters = new PatientOutbox(outbox, {
    full: (waiting, leftOut) =>
      log.error(
        `${leftOut > 0 ? `${leftOut} dead letters are lost` : 'dead letters wait'}: stream DEAD is full, ${waiting} wait for room. Remove what is not needed: nats stream purge DEAD --keep=1000`,
      ),
    relieved: () => log.info('stream DEAD has room again: the dead letters that waited are stored'),
  });
  sayOutages(broker, (sentence) => log.warn(sentence));
  const tracer = openTracer(config.traces, { service: 'coordinator', log });
  const turns = new JobTurns(bus, letters, config.leaseChunksMax, log, tracer && new JobTrace(tracer));
  const care = new AssetCare(bus, turns, letters, config, log);
  const mailbox: Omit<MailboxOptions<JobMessage>, 'handle' | 'released'> = {
    membership,
    outbox: letters,
    decode: decodeJobMessage,
    settledThrough: (partition) => turns.settledThrough(partition),
    assigned(partitions) {
      turns.assigned(partitions);
      care.assigned();
      log.info(`this coordinator owns ${partitions.length} partitions of the mailbox (${partitions.join(' ')})`);
    },
    ended: ({ partition, why, error }) => {
      if (why === 'failed') log.error({ err: error }, `partition ${partition} was released after an error, and is pulled again`);
    },
    unsaid: (subject, reason, error) =>
      log.error({ err: error }, `a message on ${subject} cannot be read (${reason}), and its dead letter could not be stored`),
  };
  const strategy = new JetStreamStrategy({
    broker,
    mailbox: (handlers) => openMailbox(broker, { ...mailbox, ...handlers }),
  });
  return NestFactory.createMicroservice(CoordinatorModule.with(bus, turns, care, letters, config, log), {
    strategy,
    logger: new NestLog(log),
    abortOnError: false,
  });
}
