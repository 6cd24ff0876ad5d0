/**
 * `POST /v1/local/kill-worker`: ends a worker process, to watch that the count stays right, in a system that `npm start` runs for this machine alone.
 *
 * It is no part of the API: the address is there only where `killsWorkers` is set. What the door refuses of all requests (foreign hosts and origins) it
 * refuses of this, too; beside that it takes a request only straight from this machine.
 */
import { isIPv6 } from 'node:net';
import { Controller, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { conflict, Problem } from '../edge/problem.ts';
import { Access } from '../identity/access.ts';
import { Launcher } from './launcher.ts';

/** By which a proxy states for whom it asks. */
const proxyHeaders = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'];

@ApiExcludeController()
@Access('admin')
@Controller('v1/local')
export class WorkerKillController {
  constructor(@Inject(Launcher) private readonly launcher: Launcher) {}

  @Post('kill-worker')
  @HttpCode(200)
  async kill(@Req() { raw }: FastifyRequest): Promise<{ worker: string; pid: number }> {
    if (!isOfThisMachine(raw.socket.remoteAddress) || proxyHeaders.some((name) => raw.headers[name] !== undefined))
      throw new Problem(403, 'Only who is at this machine may end a worker.');
    const worker = await this.launcher.killWorker();
    if (worker === null) throw conflict('No worker process runs at the moment; one is being started.');
    return { worker: worker.name, pid: worker.pid };
  }
}

function isOfThisMachine(address = ''): boolean {
  const plain = isIPv6(address) ? address.replace(/^::ffff:/, '') : address;
  return plain === '::1' || plain.startsWith('127.');
}
