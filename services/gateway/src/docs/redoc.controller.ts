/**
 * `/redoc`, where other systems have a second page of their API: here it leads to the one page there is.
 *
 * Rejected: the package `redoc` of npm. It has 4.3 MB of scripts, which want React, a router, styled-components and a client of OpenTelemetry beside them, to
 * show what `/reference` shows.
 */
import { Controller, Get, HttpStatus, Redirect } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Access } from '../identity/access.ts';

@ApiExcludeController()
@Access('public')
@Controller('redoc')
export class RedocController {
  @Get()
  @Redirect('/reference', HttpStatus.PERMANENT_REDIRECT)
  lead(): void {
    // The answer is the redirection.
  }
}
