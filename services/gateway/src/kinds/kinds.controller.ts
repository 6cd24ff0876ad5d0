/** `GET /v1/kinds`: what can be computed now, and by how many workers. */
import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { refusals, schemaOf } from '../docs/responses.ts';
import { WorkerRoster } from '../workers/worker-roster.ts';
import { KindCatalog } from './kind-catalog.ts';

@ApiTags('kinds')
@Controller('v1/kinds')
export class KindsController {
  constructor(
    @Inject(KindCatalog) private readonly catalog: KindCatalog,
    @Inject(WorkerRoster) private readonly roster: WorkerRoster,
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
}
