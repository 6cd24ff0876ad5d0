/** Step reclaim: the server's notice that it will not hand a lease out again. Its own JSON, of which this is what we read. */
import { z } from 'zod';

export const WorkAdvisory = z.object({
  type: z.enum(['io.nats.jetstream.advisory.v1.max_deliver', 'io.nats.jetstream.advisory.v1.terminated']),
  /** Name of the lane's consumer. */
  consumer: z.string(),
  /** Where the lease is, or was, in WORK. */
  stream_seq: z.int().min(1),
  deliveries: z.int().min(0),
  /** Why it was terminated. */
  reason: z.string().optional(),
});
export type WorkAdvisory = z.infer<typeof WorkAdvisory>;
