/** `GET /v1/history`, `/v1/history/csv`, `/v1/history/trends` and `/v1/jobs/:id/history`: finished jobs, from SQL. */
import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { JobId, limits, type Answer } from '@manyhands/proto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Queries, readQuery } from '../contract/query.ts';
import { refusals, schemaOf } from '../docs/responses.ts';
import { jobNotFound } from '../edge/problem.ts';
import { ALL_TENANTS, tenantOf, tenantsOf } from '../identity/caller.ts';
import { OfTenant } from '../identity/chosen-tenant.ts';
import { Downloads } from '../results/downloads.ts';
import { historyCsv } from './history-csv.ts';
import { HistoryPageQuery, HistorySearchQuery, HistoryTrendsQuery } from './history-query.ts';
import { JobHistory } from './job-history.ts';
import { trendPeriod } from './trend-period.ts';

@ApiTags('jobs')
@Controller('v1')
export class HistoryController {
  constructor(
    @Inject(JobHistory) private readonly history: JobHistory,
    @Inject(Downloads) private readonly downloads: Downloads,
  ) {}

  @Get('history')
  @ApiOperation({
    summary: 'List finished jobs',
    description:
      'Also those that `GET /v1/jobs` does not list any more: they are kept for MANYHANDS_HISTORY_DAYS. Newest first by the time of submission. A page ends early where its jobs are large, or where many jobs had to be looked at; `next_cursor` leads to the next page; null on the last.',
  })
  @Queries(HistoryPageQuery)
  @ApiResponse({ status: 200, ...schemaOf('HistoryPage') })
  @OfTenant('any')
  @refusals(400, 422, 503)
  async list(@Req() request: FastifyRequest, @Query() query: Record<string, unknown>): Promise<Answer<'HistoryPage'>> {
    const { limit, cursor, ...search } = readQuery(HistoryPageQuery, query);
    return this.history.read({ ...ofTenants(request), ...search, limit, ...(cursor !== undefined && { before: cursor }) });
  }

  @Get('history/csv')
  @ApiOperation({
    summary: 'Save finished jobs as CSV',
    description: `The jobs of \`GET /v1/history\` in one file, newest first, without their results; ${limits.exportRowsMax} at most: for older ones ask again with \`to\`. A text that a spreadsheet would take for a formula has an apostrophe in front. A file that is cut off ends its connection.`,
  })
  @Queries(HistorySearchQuery)
  @ApiResponse({ status: 200, description: 'The jobs: a header, and a row for each.', content: { 'text/csv': {} } })
  @OfTenant('any')
  @refusals(400, 422, 503)
  async csv(@Req() request: FastifyRequest, @Query() query: Record<string, unknown>, @Res() reply: FastifyReply): Promise<void> {
    const search = readQuery(HistorySearchQuery, query);
    const read = (before?: string) =>
      this.history.read({ ...ofTenants(request), ...search, limit: limits.pageSizeMax, ...(before !== undefined && { before }) });
    // Before the first byte is on its way, so that a refusal is one.
    const first = await read();
    await this.downloads.send(request, reply, {
      type: 'text/csv; charset=utf-8; header=present',
      fileName: 'history.csv',
      pieces: historyCsv((cursor) => (cursor === undefined ? Promise.resolve(first) : read(cursor)), limits.exportRowsMax),
    });
  }

  @Get('history/trends')
  @ApiOperation({
    summary: 'Show how finished jobs went over time',
    description: `The jobs of \`GET /v1/history\`, counted for each day of UTC that they were submitted on: how they ended, how long they took, and their chunks. Of 30 days, or of \`from\` to \`to\`, ${limits.trendDaysMax} days at most. The ${limits.trendKindsMax} kinds with the most jobs are counted apart. The newest ${limits.trendJobsMax} jobs are looked at, or as many as are read in a second; \`counted_from\` states where there are more.`,
  })
  @Queries(HistoryTrendsQuery)
  @ApiResponse({ status: 200, ...schemaOf('HistoryTrends') })
  @OfTenant('any')
  @refusals(400, 422, 503)
  async trends(@Req() request: FastifyRequest, @Query() query: Record<string, unknown>): Promise<Answer<'HistoryTrends'>> {
    const { by, from, to, ...search } = readQuery(HistoryTrendsQuery, query);
    const period = trendPeriod({ from, to }, Date.now());
    return { by, ...period, ...(await this.history.trends({ ...ofTenants(request), ...search, ...period })) };
  }

  @Get('jobs/:id/history')
  @ApiOperation({
    summary: 'Read what is kept of a finished job',
    description:
      'Also when `GET /v1/jobs/:id` does not have it any more: how it ended, each of its rounds, and the newest of its dead chunks and of the lines of its log.',
  })
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @ApiResponse({ status: 200, ...schemaOf('KeptJob') })
  @OfTenant()
  @refusals(404, 503)
  async kept(@Req() request: FastifyRequest, @Param('id') jobId: string): Promise<Answer<'KeptJob'>> {
    const id = JobId.safeParse(jobId.toLowerCase());
    const kept = id.success ? await this.history.kept(tenantOf(request.raw), id.data) : undefined;
    if (kept === undefined) throw jobNotFound();
    return kept;
  }
}

/** Of all of them: none is named. */
function ofTenants(request: FastifyRequest): { tenant?: string } {
  const tenant = tenantsOf(request.raw);
  return tenant === ALL_TENANTS ? {} : { tenant };
}
