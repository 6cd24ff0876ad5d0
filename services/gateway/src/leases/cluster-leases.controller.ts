/** `GET /v1/leases`: which slot of which worker had which leases in the last minutes, of all jobs. */
import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { limits, type Answer } from '@manyhands/proto';
import { Field } from '../contract/field.ts';
import { AfterText } from '../contract/sequence-text.ts';
import { Queries, readQuery } from '../contract/query.ts';
import { refusals, schemaOf } from '../docs/responses.ts';
import { Access } from '../identity/access.ts';
import { ClusterLeases } from './cluster-leases.ts';

class ClusterLeaseQuery {
  @Field(AfterText, {
    description: 'Only what was answered since, by the `next_after` of an earlier answer.',
    problem: 'must be the next_after of an earlier answer; leave it out for the last minutes',
  })
  after?: string;
}

@ApiTags('operations')
@Access('admin')
@Controller('v1/leases')
export class ClusterLeasesController {
  constructor(@Inject(ClusterLeases) private readonly leases: ClusterLeases) {}

  @Get()
  @ApiOperation({
    summary: 'Read what each slot of all workers did',
    description: `The answered leases of the last ${limits.clusterMinutes} minutes of all jobs, the newest ${limits.clusterLeasesPerSlotMax} of each slot, packed. They come up to a second late. Who asks again with \`after\` gets what is new, and may get a lease twice.`,
  })
  @Queries(ClusterLeaseQuery)
  @ApiResponse({ status: 200, ...schemaOf('ClusterLeases') })
  @refusals(503)
  read(@Query() query: Record<string, unknown>): Promise<Answer<'ClusterLeases'>> {
    return this.leases.after(Number(readQuery(ClusterLeaseQuery, query).after ?? 0));
  }
}
