/**
 * Ties the worker's life to the application's: it takes leases once the application is up, and drains before it goes down.
 *
 * Invariant: a drain ends within about two seconds of `drainWithinMs`; what has not finished by then is handed over to other workers, and that counts against none of it.
 */
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { provision } from '@manyhands/broker';
import { type Broker, sayOutages } from '@manyhands/nats';
import { openTracer, type Logger, type Tracer } from '@manyhands/observe';
import { findKindModules, startWorker, type KindModule, type Worker } from '@manyhands/worker';
import type { ComputeConfig } from '../config.ts';
import { BROKER, CONFIG, LOG } from '../provided.ts';

/** A sandboxed kind has a module of its own: the sandbox loads nothing else. */
const builtin = ['index', 'script/kind'].map(addressOf);
/** Built in, too, where there is a model server. */
const llm = addressOf('llm/kind');
const BUILTIN = 'builtin';

@Injectable()
export class WorkerLife implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #config: ComputeConfig;
  readonly #broker: Broker;
  readonly #log: Logger;
  #worker: Worker | undefined;
  readonly #tracer: Tracer | undefined;

  constructor(@Inject(CONFIG) config: ComputeConfig, @Inject(BROKER) broker: Broker, @Inject(LOG) log: Logger) {
    this.#config = config;
    this.#broker = broker;
    this.#log = log;
    this.#tracer = openTracer(config.traces, { service: 'compute', log });
  }

  async onApplicationBootstrap(): Promise<void> {
    const { slots, kinds, kindModules, sandbox, hasModelServer, lanes, replicas, retentionHours, storageGb } = this.#config;
    await provision(this.#broker, { replicas, retentionHours, storageGb, as: 'compute' });
    sayOutages(this.#broker, (sentence) => this.#log.warn(sentence));
    this.#worker = await startWorker({
      broker: this.#broker,
      kindModules: modulesOf(kindModules, hasModelServer),
      slots,
      sandbox,
      log: this.#log,
      tracer: this.#tracer,
      ...(kinds && { kinds }),
      ...(lanes && { lanes }),
    });
    this.#log.info(
      { worker: this.#worker.id },
      `computing ${this.#worker.kinds.join(', ')} in ${slots} slot${slots === 1 ? '' : 's'}`,
    );
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#worker?.drain(this.#config.drainWithinMs);
    await this.#tracer?.close();
    await this.#broker.close();
    this.#log.info('drained');
  }
}

function modulesOf(named: readonly string[], hasModelServer: boolean): KindModule[] {
  const ours = [...builtin, ...(hasModelServer ? [llm] : [])].map((address) => ({ address }));
  return named.flatMap((name) => (name === BUILTIN ? ours : findKindModules([name])));
}

function addressOf(kind: string): string {
  return new URL(`../kinds/${kind}.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url).href;
}
