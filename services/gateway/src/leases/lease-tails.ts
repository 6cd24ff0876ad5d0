/** The jobs whose answered leases clients follow now. */
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { answeredSubjects, limits } from '@manyhands/proto';
import { BrokerLink } from '../bus/broker-link.ts';
import { JobTails, type JobTail } from '../mirror/job-tails.ts';
import { PageRing } from './page-ring.ts';

@Injectable()
export class LeaseTails extends JobTails<PageRing> implements OnApplicationShutdown {
  constructor(@Inject(BrokerLink) link: BrokerLink) {
    super(link, {
      stream: 'answered',
      ring: () => new PageRing(),
      jobsMax: limits.leasesFollowedMax,
      tooSlow: 'The leases cannot be followed now, because NATS does not answer in time; try again in a few seconds.',
      tooMany: (jobs, isOwn) =>
        `The leases of ${jobs} jobs are followed here${isOwn ? ' for one account' : ''}, which is as many as one gateway follows; read them with GET /v1/jobs/:id/leases, or try again in a moment.`,
    });
  }

  /** Resolves once what is stored is known. Throws `unavailable`, also when too many jobs are followed. */
  open(tenant: string, jobId: string): Promise<JobTail> {
    return this.openSubject(tenant, answeredSubjects.ofJob(tenant, jobId));
  }
}
