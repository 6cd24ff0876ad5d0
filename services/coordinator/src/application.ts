/** Builds the coordinator as a Nest microservice on NATS. */
import 'reflect-metadata';
import { decodeJobMessage } from '@manyhands/jetstream';
import { JetStreamStrategy, NestLog } from '@manyhands/jetstream/nest';
import { createLogger } from '@manyhands/observe';
import type { INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { openBus, type Bus } from './bus.ts';
import type { CoordinatorConfig } from './config.ts';
import { CoordinatorModule } from './coordinator.module.ts';

/** Connected and provisioned, ready to `listen`. */
export async function createCoordinator(config: CoordinatorConfig): Promise<INestMicroservice> {
  return coordinatorOn(await openBus(config), config);
}

export async function coordinatorOn(bus: Bus, config: CoordinatorConfig): Promise<INestMicroservice> {
  const log = createLogger('coordinator', { level: config.logLevel });
  const { broker, outbox, membership } = bus;
  const assigned = (partitions: readonly string[]): void => log.info(`shares the mailbox: ${partitions.length} partitions are mine (${partitions.join(' ')})`);
  const strategy = new JetStreamStrategy({ broker, mailbox: { membership, outbox, decode: decodeJobMessage, assigned } });
  return NestFactory.createMicroservice(CoordinatorModule.with(bus, config, log), { strategy, logger: new NestLog(log), abortOnError: false });
}
