/** `GET /v1/schedules`, `GET|DELETE /v1/schedules/:id`, `POST /v1/schedules/:id/pause` and `/resume`. They are made by `POST /v1/jobs`. */
import { Controller, Delete, Get, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { ScheduleView } from '@manyhands/proto';
import type { FastifyRequest } from 'fastify';
import { Queries, readQuery } from '../contract/query.ts';
import { refusals, schemaOf } from '../docs/responses.ts';
import { tenantOf, tenantsOf } from '../identity/caller.ts';
import { OfTenant } from '../identity/chosen-tenant.ts';
import { PageQuery } from '../jobs/page-query.ts';
import { JobSchedules, type SchedulePage } from './job-schedules.ts';

const id = { name: 'id', schema: { type: 'string', format: 'uuid' } } as const;

@ApiTags('schedules')
@Controller('v1/schedules')
export class SchedulesController {
  constructor(@Inject(JobSchedules) private readonly schedules: JobSchedules) {}

  @Get()
  @ApiOperation({
    summary: 'List schedules',
    description:
      'Newest first. Schedules that ran once are listed while their job is kept. `next_cursor` leads to the next page; null on the last.',
  })
  @Queries(PageQuery)
  @ApiResponse({ status: 200, ...schemaOf('SchedulePage') })
  @OfTenant('any')
  @refusals(400, 422, 503)
  list(@Req() request: FastifyRequest, @Query() query: Record<string, unknown>): Promise<SchedulePage> {
    return this.schedules.page(tenantsOf(request.raw), readQuery(PageQuery, query));
  }

  @Get(':id')
  @ApiOperation({ summary: 'Get a schedule', description: 'With the time of its next run, and its last job.' })
  @ApiParam(id)
  @ApiResponse({ status: 200, ...schemaOf('ScheduleView') })
  @OfTenant()
  @refusals(404, 409, 503)
  get(@Req() request: FastifyRequest, @Param('id') scheduleId: string): Promise<ScheduleView> {
    return this.schedules.load(tenantOf(request.raw), scheduleId);
  }

  @Post(':id/pause')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Pause a schedule',
    description: 'It creates no jobs until it is resumed. Repeating is safe; jobs it created continue.',
  })
  @ApiParam(id)
  @ApiResponse({ status: 200, ...schemaOf('ScheduleView') })
  @OfTenant()
  @refusals(404, 409, 503)
  pause(@Req() request: FastifyRequest, @Param('id') scheduleId: string): Promise<ScheduleView> {
    return this.schedules.turn(tenantOf(request.raw), scheduleId, 'paused');
  }

  @Post(':id/resume')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Resume a schedule',
    description: 'It continues with its next tick; a `run_at` that passed meanwhile runs now. Repeating is safe.',
  })
  @ApiParam(id)
  @ApiResponse({ status: 200, ...schemaOf('ScheduleView') })
  @OfTenant()
  @refusals(404, 409, 503)
  resume(@Req() request: FastifyRequest, @Param('id') scheduleId: string): Promise<ScheduleView> {
    return this.schedules.turn(tenantOf(request.raw), scheduleId, 'scheduled');
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a schedule', description: 'It creates no more jobs. Jobs it created continue.' })
  @ApiParam(id)
  @ApiResponse({ status: 204, description: 'It is removed.' })
  @OfTenant()
  @refusals(404, 503)
  async remove(@Req() request: FastifyRequest, @Param('id') scheduleId: string): Promise<void> {
    await this.schedules.remove(tenantOf(request.raw), scheduleId);
  }
}
