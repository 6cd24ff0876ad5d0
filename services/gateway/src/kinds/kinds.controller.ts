/** `GET /v1/kinds`: what can be computed now, and by how many workers. `DELETE /v1/kinds/:id`. */
import { Controller, Delete, Get, HttpCode, Inject, Param } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { refusals, schemaOf } from '../docs/responses.ts';
import { Access } from '../identity/access.ts';
import { WorkerRoster } from '../workers/worker-roster.ts';
import { KindCatalog } from './kind-catalog.ts';
import { KindRemoval } from './kind-removal.ts';

@ApiTags('kinds')
@Controller('v1/kinds')
export class KindsController {
  constructor(
    @Inject(KindCatalog) private readonly catalog: KindCatalog,
    @Inject(WorkerRoster) private readonly roster: WorkerRoster,
    @Inject(KindRemoval) private readonly removal: KindRemoval,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'List task kinds',
    description: 'Each with the JSON Schema of its parameters, an example that works, and how many live workers compute it.',
  })
  @ApiResponse({ status: 200, ...schemaOf('KindList') })
  @refusals(503)
  async list(): Promise<object> {
    const [registered, live] = await Promise.all([this.catalog.listNow(), this.roster.liveNow()]);
    const kinds = registered.map(({ v: _v, type: _type, ...registration }) => ({
      ...registration,
      live_workers: live.filter((worker) => worker.kinds.includes(registration.kind) && !worker.draining).length,
    }));
    return { kinds };
  }

  @Delete(':id')
  @Access('admin')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Remove a kind',
    description:
      'For a kind that no worker computes any more, by its name with the version, like `report-v2`. Refused while a live worker computes it or a job of it has not ended. A worker that starts later registers it again.',
  })
  @ApiParam({ name: 'id', schema: { type: 'string' } })
  @ApiResponse({ status: 204, description: 'It is removed.' })
  @refusals(404, 409, 503)
  async remove(@Param('id') kind: string): Promise<void> {
    await this.removal.remove(kind);
  }
}
