/** `POST /v1/jobs`: hands in one long computation. */
import { Body, Controller, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { refusals, schemaOf } from '../docs/responses.ts';
import { tenantOf } from '../identity/tenant.ts';
import { JobEnvelope } from './job-envelope.ts';
import { JobSubmission } from './submit-job.ts';

@ApiTags('jobs')
@Controller('v1/jobs')
export class SubmitController {
  constructor(@Inject(JobSubmission) private readonly submission: JobSubmission) {}

  @Post()
  @HttpCode(202)
  @ApiOperation({ summary: 'Submit a job', description: 'Answers once the job is stored: from then on it is computed even if every process dies in between.' })
  @ApiBody({ type: JobEnvelope })
  @ApiResponse({ status: 202, ...schemaOf('JobAccepted'), headers: { location: { description: 'Where the job is.', schema: { type: 'string' } } } })
  @refusals(400, 413, 415, 422, 503)
  async submit(@Req() request: FastifyRequest, @Body() body: unknown, @Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    const { job_id, status } = await this.submission.submit(tenantOf(request.raw), body);
    reply.header('location', `/v1/jobs/${job_id}`);
    return { job_id, status, cached: false };
  }
}
