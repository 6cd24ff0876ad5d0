/** `GET /v1/shares/:token`: a job, for who has a link to it. */
import { Controller, Get, Inject, Param, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { encode } from '@manyhands/proto';
import type { FastifyReply } from 'fastify';
import { refusals, schemaOf } from '../docs/responses.ts';
import { Access } from '../identity/access.ts';
import { Limited } from '../limits/limit.guard.ts';
import { SharedJobs } from './shared-jobs.ts';

/** Of each answer that a token leads to: no store keeps it, and no search engine lists it. `Referrer-Policy` is that of every answer. */
export const UNLISTED = { 'cache-control': 'no-store', 'x-robots-tag': 'noindex, nofollow' } as const;

@ApiTags('jobs')
@Controller('v1/shares')
export class SharedJobController {
  constructor(@Inject(SharedJobs) private readonly jobs: SharedJobs) {}

  @Get(':token')
  @Access('public')
  @Limited('share-reads')
  @ApiOperation({
    summary: 'Read a job by a share link',
    description:
      'As it is now, without an account. A token that is wrong, has ended or was revoked, and one whose job is gone, are answered in the same way.',
  })
  @ApiParam({ name: 'token', schema: { type: 'string' } })
  @ApiResponse({ status: 200, ...schemaOf('SharedJob') })
  @refusals(404, 429, 503)
  async get(@Param('token') token: string, @Res() reply: FastifyReply): Promise<void> {
    void reply.headers(UNLISTED);
    const job = await this.jobs.read(token);
    void reply.type('application/json; charset=utf-8').send(Buffer.from(encode(job)));
  }
}
