/** Step reclaim: takes each notice of the server that an exhausted lease. All coordinators share them. */
import { OnStep } from '@manyhands/nats-nest';
import type { WorkAdvisory } from '@manyhands/proto';
import { Controller, Inject } from '@nestjs/common';
import { LeaseReclaim } from './lease-reclaim.ts';

@Controller()
export class ReclaimController {
  readonly #reclaim: LeaseReclaim;

  constructor(@Inject(LeaseReclaim) reclaim: LeaseReclaim) {
    this.#reclaim = reclaim;
  }

  /** Resolves, and so acknowledges the notice, once the lease is answered for. */
  @OnStep('reclaim')
  async heed(advisory: WorkAdvisory): Promise<void> {
    await this.#reclaim.heed(advisory);
  }
}
