/**
 * Everything that is no API: files of the built dashboard, and a page for every other page address, so that a link into the dashboard can be opened and
 * reloaded. It is the page of its route, or the one for any address.
 *
 * Invariant: nothing below `/v1` is ever answered with a page; a missing file is 404, not a page.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Controller, Get, Inject, NotFoundException, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CONFIG, type GatewayConfig } from '../config.ts';
import { visitedPath } from '../edge/page-visit.ts';
import { Access } from '../identity/access.ts';
import { UNLISTED } from '../shares/shared-job.controller.ts';
import { isPageAddress } from './page-address.ts';
import { pageFileOf, pageFilesIn } from './page-file.ts';

const yearSec = 31_536_000;
const forAny = ['200.html', 'index.html'];

@ApiExcludeController()
@Access('public')
@Controller()
export class DashboardController {
  readonly #own: ReadonlySet<string>;

  constructor(@Inject(CONFIG) private readonly config: GatewayConfig) {
    this.#own = pageFilesIn(config.webFolder);
  }

  @Get('*')
  serve(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const path = visitedPath(decodeURI(request.url.split('?')[0] ?? '/'));
    if (isPageAddress(path))
      return this.#servePage(reply, path, path.startsWith('/share/') ? UNLISTED : { 'cache-control': 'no-cache' });
    if (path.startsWith('/v1/') || path.startsWith('/api/') || path.startsWith('//')) throw new NotFoundException();
    // Names below `_app/immutable` hold a hash of their content.
    const isForEver = path.startsWith('/_app/immutable/');
    void reply.header('cache-control', isForEver ? `public, max-age=${yearSec}, immutable` : 'no-cache');
    void reply.sendFile(path.slice(1), this.config.webFolder, { cacheControl: false });
  }

  #servePage(reply: FastifyReply, path: string, headers: Readonly<Record<string, string>>): void {
    const own = pageFileOf(path, this.#own);
    const pages = own === undefined ? forAny : [`pages/${own}.html`, ...forAny];
    const page = pages.find((name) => existsSync(join(this.config.webFolder, name)));
    // Programs get JSON at some of these addresses (`edge/page-visit.ts`).
    void reply.headers(headers).header('vary', 'Accept');
    if (page) return void reply.sendFile(page, this.config.webFolder, { cacheControl: false });
    const text = `The gateway runs, but the dashboard is not built (there is no ${this.config.webFolder}).\n\nBuild it with "npm run build", or name its folder in MANYHANDS_WEB.\nThe API is described at /reference.\n`;
    void reply.code(404).type('text/plain; charset=utf-8').send(text);
  }
}
