/** A process: its life, its connection, and what it runs. A crash ends it for good; who restarts it makes a new one. */
import type { Broker } from '@manyhands/nats';
import { clientOf } from '../broker/client.ts';
import { Connection, type Chances } from '../broker/connection.ts';
import type { SimulatedBroker } from '../broker/simulated-broker.ts';
import type { Life } from '../life.ts';
import type { Random } from '../random.ts';
import type { Schedule } from '../schedule.ts';

export interface Surroundings {
  schedule: Schedule;
  broker: SimulatedBroker;
  random: Random;
  chances: Chances;
}

export class SimulatedProcess implements Life {
  readonly name: string;
  alive = true;
  frozenUntilMs = 0;
  readonly connection: Connection;
  readonly client: Broker;
  readonly #broker: SimulatedBroker;

  constructor(name: string, { schedule, broker, random, chances }: Surroundings) {
    this.name = name;
    this.#broker = broker;
    this.connection = new Connection(this, schedule, random, chances);
    this.client = clientOf(broker, this.connection);
  }

  /** kill -9. */
  crash(): void {
    this.connection.end();
    this.alive = false;
    this.#broker.connections.delete(this.connection);
  }
}
