/** `/v1/users`: all accounts, for administrators. */
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Req, UseGuards } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Answer, Role } from '@manyhands/proto';
import type { FastifyRequest } from 'fastify';
import { readBody } from '../contract/body.ts';
import { Queries, readQuery } from '../contract/query.ts';
import { refusals, schemaOf } from '../docs/responses.ts';
import { conflict } from '../edge/problem.ts';
import { Access } from '../identity/access.ts';
import { callerOf } from '../identity/caller.ts';
import { PageQuery } from '../jobs/page-query.ts';
import { RoleBody } from './account-bodies.ts';
import { Accounts } from './accounts.ts';
import { AccountsGuard } from './accounts.guard.ts';
import { SignInLinks } from './sign-in-links.ts';
import { accountView } from './views.ts';

/** Milliseconds in which its user must follow a link. */
const LINK_MS = 24 * 3_600_000;

const id = { name: 'id', schema: { type: 'string', format: 'uuid' } } as const;

@ApiTags('accounts')
@Access('admin')
@UseGuards(AccountsGuard)
@Controller('v1/users')
export class UsersController {
  constructor(
    @Inject(Accounts) private readonly accounts: Accounts,
    @Inject(SignInLinks) private readonly links: SignInLinks,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'List accounts',
    description: 'Newest first. `next_cursor` leads to the next page; null on the last.',
  })
  @Queries(PageQuery)
  @ApiResponse({ status: 200, ...schemaOf('AccountPage') })
  @refusals(404)
  async list(@Query() query: Record<string, unknown>): Promise<Answer<'AccountPage'>> {
    const { limit, cursor } = readQuery(PageQuery, query);
    const { users, next } = await this.accounts.page(limit!, cursor);
    return { users: users.map(accountView), next_cursor: next };
  }

  @Post(':id/disable')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Disable an account',
    description: 'Ends its sessions, and refuses its API keys. Its jobs go on; its schedules make no more.',
  })
  @ApiParam(id)
  @ApiResponse({ status: 200, ...schemaOf('AccountView') })
  @refusals(404, 409)
  async disable(@Req() request: FastifyRequest, @Param('id') userId: string): Promise<Answer<'AccountView'>> {
    const by = demandOther(request, userId);
    return accountView(await this.accounts.setDisabled(userId, true, by));
  }

  @Post(':id/enable')
  @HttpCode(200)
  @ApiOperation({ summary: 'Enable an account again', description: 'Its API keys are good again, and its schedules go on.' })
  @ApiParam(id)
  @ApiResponse({ status: 200, ...schemaOf('AccountView') })
  @refusals(404)
  async enable(@Param('id') userId: string): Promise<Answer<'AccountView'>> {
    return accountView(await this.accounts.setDisabled(userId, false));
  }

  @Post(':id/reset-password')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Reset the password of an account',
    description:
      'For a user who has forgotten it: the password is good no longer, its sessions end, and the answer has a link that signs its user in, once, within a day, to choose another one. API keys stay good.',
  })
  @ApiParam(id)
  @ApiResponse({ status: 200, ...schemaOf('SignInLink') })
  @refusals(404, 409)
  async resetPassword(@Req() request: FastifyRequest, @Param('id') userId: string): Promise<Answer<'SignInLink'>> {
    demandOther(request, userId);
    await this.accounts.clearPassword(userId);
    const { secret, until } = await this.links.create(userId, LINK_MS);
    return { token: secret, expires_at: until };
  }

  @Post(':id/role')
  @HttpCode(200)
  @ApiOperation({ summary: 'Set the role of an account' })
  @ApiParam(id)
  @ApiBody({ type: RoleBody })
  @ApiResponse({ status: 200, ...schemaOf('AccountView') })
  @refusals(404, 409)
  async setRole(
    @Req() request: FastifyRequest,
    @Param('id') userId: string,
    @Body() given: unknown,
  ): Promise<Answer<'AccountView'>> {
    const { role } = readBody(RoleBody, given);
    const by = demandOther(request, userId);
    return accountView(await this.accounts.setRole(userId, role as Role, by));
  }
}

/** So there is an administrator at any time: who asks. Throws 409. */
function demandOther(request: FastifyRequest, userId: string): string | undefined {
  const caller = callerOf(request.raw);
  if (caller.userId === userId)
    throw conflict(
      'Administrators cannot disable their own account, reset its password or change their own role; ask another administrator.',
    );
  return caller.userId;
}
