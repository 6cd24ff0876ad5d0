/** `/v1/me`: the account of the caller, and where it is signed in. */
import { Controller, Delete, Get, HttpCode, Inject, Param, Req, UseGuards } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Answer } from '@manyhands/proto';
import type { FastifyRequest } from 'fastify';
import { refusals, schemaOf } from '../docs/responses.ts';
import { notFound } from '../edge/problem.ts';
import { callerOf } from '../identity/caller.ts';
import { Accounts } from './accounts.ts';
import { AccountsGuard, demandSignedIn } from './accounts.guard.ts';
import { Sessions } from './sessions.ts';
import { sessionView, userView } from './views.ts';

@ApiTags('accounts')
@Controller('v1/me')
export class MeController {
  constructor(
    @Inject(Accounts) private readonly accounts: Accounts,
    @Inject(Sessions) private readonly sessions: Sessions,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'Who am I?',
    description: 'The account of the caller. Where there are no accounts: who everything belongs to.',
  })
  @ApiResponse({ status: 200, ...schemaOf('UserView') })
  @refusals(404)
  async me(@Req() request: FastifyRequest): Promise<Answer<'UserView'>> {
    const { userId, tenant, role } = callerOf(request.raw);
    if (userId === undefined)
      return { user_id: tenant, email: null, role, created_at: null, has_password: false, external: null };
    return userView(await this.accounts.get(userId));
  }

  @Get('sessions')
  @UseGuards(AccountsGuard)
  @ApiOperation({ summary: 'List my sessions', description: 'Where the account is signed in, newest first.' })
  @ApiResponse({ status: 200, ...schemaOf('SessionList') })
  @refusals(404)
  async list(@Req() request: FastifyRequest): Promise<Answer<'SessionList'>> {
    const { userId, sessionId } = demandSignedIn(callerOf(request.raw));
    return { sessions: (await this.sessions.of(userId)).map((session) => sessionView(session, sessionId)) };
  }

  @Delete('sessions/:id')
  @HttpCode(204)
  @UseGuards(AccountsGuard)
  @ApiOperation({ summary: 'End one of my sessions' })
  @ApiParam({ name: 'id', schema: { type: 'string' } })
  @ApiResponse({ status: 204, description: 'It is ended.' })
  @refusals(404)
  async end(@Req() request: FastifyRequest, @Param('id') sessionId: string): Promise<void> {
    const { userId } = demandSignedIn(callerOf(request.raw));
    const mine = await this.sessions.of(userId);
    if (!mine.some(({ session_id: id }) => id === sessionId)) throw notFound('There is no such session.');
    await this.sessions.end(sessionId);
  }
}
