/** `/v1/jobs/:id/shares`: makes, lists and revokes links that show one job to who has no account. */
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { limits, type Answer } from '@manyhands/proto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { readBody } from '../contract/body.ts';
import { Field } from '../contract/field.ts';
import { refusals, schemaOf } from '../docs/responses.ts';
import { tenantOf } from '../identity/caller.ts';
import { OfTenant } from '../identity/chosen-tenant.ts';
import type { ShareLink } from '../identity/records.ts';
import { ShareLinks } from './share-links.ts';

class ShareBody {
  @Field(z.int().min(1).max(limits.shareHoursMax), {
    description: 'Hours until the link ends. It is good no longer than the job is kept.',
    default: limits.shareHoursDefault,
    example: 24,
    unit: 'hours',
  })
  expires_in_hours?: number;
}

const IdParam = ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } });

@ApiTags('jobs')
@Controller('v1/jobs/:id/shares')
export class SharesController {
  constructor(@Inject(ShareLinks) private readonly links: ShareLinks) {}

  @Get()
  @ApiOperation({ summary: 'List the share links of a job', description: 'Without their tokens, which are not stored.' })
  @IdParam
  @ApiResponse({ status: 200, ...schemaOf('ShareList') })
  @OfTenant()
  @refusals(404, 503)
  async list(@Req() request: FastifyRequest, @Param('id') jobId: string): Promise<Answer<'ShareList'>> {
    return { shares: (await this.links.of(tenantOf(request.raw), jobId)).map(shareView) };
  }

  @Post()
  @ApiOperation({
    summary: 'Make a share link of a job',
    description: `Who has the link reads the job without an account, and can change nothing: what it computes with which parameters, how far it is, its result or the beginning of it, its error. Nothing else of the account is shown. The answer is the only place where the token is shown. A job has at most ${limits.sharesPerJobMax} links.`,
  })
  @IdParam
  @ApiBody({ type: ShareBody, required: false })
  @ApiResponse({ status: 201, ...schemaOf('ShareCreated') })
  @OfTenant()
  @refusals(400, 404, 409, 413, 415, 422, 503)
  async create(
    @Req() request: FastifyRequest,
    @Param('id') jobId: string,
    @Body() given: unknown,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { expires_in_hours: hours = limits.shareHoursDefault } = readBody(ShareBody, given ?? {});
    const { record, token } = await this.links.create(tenantOf(request.raw), jobId, hours);
    const created: Answer<'ShareCreated'> = { ...shareView(record), token, path: `/share/${token}` };
    await reply.code(201).header('cache-control', 'no-store').send(created);
  }

  @Delete(':share_id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Revoke a share link', description: 'No gateway shows the job by it from then on.' })
  @IdParam
  @ApiParam({ name: 'share_id', schema: { type: 'string' } })
  @ApiResponse({ status: 204, description: 'It is good no more.' })
  @OfTenant()
  @refusals(404, 503)
  async revoke(@Req() request: FastifyRequest, @Param('id') jobId: string, @Param('share_id') shareId: string): Promise<void> {
    await this.links.revoke(tenantOf(request.raw), jobId, shareId);
  }
}

function shareView({ share_id, created_at, expires_at }: ShareLink): Answer<'ShareList'>['shares'][number] {
  return { share_id, created_at, expires_at };
}
