import { BaseRpcContext } from '@nestjs/microservices';
import type { StoredEvent } from '@manyhands/nats';

/** What `@Ctx()` is in handlers of steps: where the event is stored and which hand-over this is. */
export class StepContext extends BaseRpcContext<[StoredEvent]> {
  constructor(event: StoredEvent) {
    super([event]);
  }

  get event(): StoredEvent {
    return this.getArgByIndex(0);
  }
}
