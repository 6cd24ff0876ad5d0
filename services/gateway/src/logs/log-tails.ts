/** The logs that clients follow now. */
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { limits, logSubjects } from '@manyhands/proto';
import { BrokerLink } from '../bus/broker-link.ts';
import { JobTails, type JobTail } from '../mirror/job-tails.ts';
import { LineRing } from './line-ring.ts';

export type LogTail = JobTail<LineRing>;

@Injectable()
export class LogTails extends JobTails<LineRing> implements OnApplicationShutdown {
  constructor(@Inject(BrokerLink) link: BrokerLink) {
    super(link, {
      stream: 'logs',
      ring: () => new LineRing(),
      jobsMax: limits.logsFollowedMax,
      tooSlow: 'The log cannot be followed now, because NATS does not answer in time; try again in a few seconds.',
      tooMany: (jobs, isOwn) =>
        `The logs of ${jobs} jobs are followed here${isOwn ? ' for one account' : ''}, which is as many as one gateway follows; read this one page by page, or try again in a moment.`,
    });
  }

  /** Resolves once the newest lines are known. Throws `unavailable`, also when too many logs are followed. */
  open(tenant: string, jobId: string): Promise<LogTail> {
    return this.openSubject(tenant, logSubjects.ofJob(tenant, jobId));
  }
}
