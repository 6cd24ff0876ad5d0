/** `/v1/auth`: signing in, staying so, and signing out. */
import { Body, Controller, Get, HttpCode, Inject, Post, Req, Res, UseGuards } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Answer } from '@manyhands/proto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CONFIG, type GatewayConfig } from '../config.ts';
import { readBody } from '../contract/body.ts';
import { refusals, schemaOf } from '../docs/responses.ts';
import { Problem } from '../edge/problem.ts';
import { Access } from '../identity/access.ts';
import { callerOf } from '../identity/caller.ts';
import { Limited } from '../limits/limit.guard.ts';
import { LinkBody, LoginBody, PasswordBody, RegisterBody } from './account-bodies.ts';
import { Accounts } from './accounts.ts';
import { AccountsGuard, demandSignedIn } from './accounts.guard.ts';
import { isFromHttps, refreshCookie, refreshTokenIn } from './refresh-cookie.ts';
import { Sessions } from './sessions.ts';
import { SignIn } from './sign-in.ts';
import { SignInLinks } from './sign-in-links.ts';
import { Tickets } from './tickets.ts';

@ApiTags('accounts')
@Controller('v1/auth')
export class AuthController {
  constructor(
    @Inject(CONFIG) private readonly config: GatewayConfig,
    @Inject(Accounts) private readonly accounts: Accounts,
    @Inject(Sessions) private readonly sessions: Sessions,
    @Inject(SignIn) private readonly signIn: SignIn,
    @Inject(SignInLinks) private readonly links: SignInLinks,
    @Inject(Tickets) private readonly tickets: Tickets,
  ) {}

  @Get()
  @Access('public')
  @ApiOperation({
    summary: 'Are there accounts?',
    description: 'And has this browser a session? What a page asks before it shows who may do what.',
  })
  @ApiResponse({ status: 200, ...schemaOf('AuthState') })
  state(@Req() { raw }: FastifyRequest): Answer<'AuthState'> {
    const { auth, registration, providers, killsWorkers } = this.config;
    if (auth === 'off') return { auth, registration: false, providers: [], ...(killsWorkers && { kills_workers: true }) };
    return { auth, registration, providers: providers.map(({ name }) => ({ name })), session: Boolean(refreshTokenIn(raw)) };
  }

  @Post('register')
  @Access('public')
  @Limited('address', 'registrations')
  @UseGuards(AccountsGuard)
  @ApiOperation({
    summary: 'Make an account',
    description: 'And sign in to it. The refresh token comes as the cookie `mh_refresh`, which goes to `/v1/auth` only.',
  })
  @ApiBody({ type: RegisterBody })
  @ApiResponse({ status: 201, ...schemaOf('SignedIn') })
  @refusals(403, 404, 409)
  async register(@Req() request: FastifyRequest, @Body() given: unknown, @Res() reply: FastifyReply): Promise<void> {
    const { email, password } = readBody(RegisterBody, given);
    if (!this.config.registration)
      throw new Problem(403, 'Accounts are not made here (AUTH_REGISTRATION=off); ask an administrator.');
    await this.signIn.open(await this.accounts.register(email, password), request, reply, 201);
  }

  @Post('login')
  @HttpCode(200)
  @Access('public')
  @Limited('address', 'sign-ins')
  @UseGuards(AccountsGuard)
  @ApiOperation({ summary: 'Sign in', description: 'The refresh token comes as the cookie `mh_refresh`.' })
  @ApiBody({ type: LoginBody })
  @ApiResponse({ status: 200, ...schemaOf('SignedIn') })
  @refusals(401, 404)
  async login(@Req() request: FastifyRequest, @Body() given: unknown, @Res() reply: FastifyReply): Promise<void> {
    const { email, password } = readBody(LoginBody, given);
    await this.signIn.open(await this.accounts.byPassword(email, password), request, reply, 200);
  }

  @Post('link')
  @HttpCode(200)
  @Access('public')
  @Limited('address')
  @UseGuards(AccountsGuard)
  @ApiOperation({ summary: 'Sign in with a link', description: 'With the link that the first start prints. It is good once.' })
  @ApiBody({ type: LinkBody })
  @ApiResponse({ status: 200, ...schemaOf('SignedIn') })
  @refusals(401, 404)
  async link(@Req() request: FastifyRequest, @Body() given: unknown, @Res() reply: FastifyReply): Promise<void> {
    await this.signIn.open(await this.links.use(readBody(LinkBody, given).token), request, reply, 200);
  }

  @Post('refresh')
  @HttpCode(200)
  @Access('public')
  @UseGuards(AccountsGuard)
  @ApiOperation({
    summary: 'Get another access token',
    description:
      'For the cookie `mh_refresh`, which is replaced: each is good once. One that comes a second time, more than ten seconds later, may be stolen, and ends the session.',
  })
  @ApiResponse({ status: 200, ...schemaOf('SignedIn') })
  @refusals(401, 404)
  async refresh(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.signIn.refresh(request, reply);
  }

  @Post('logout')
  @HttpCode(204)
  @Access('public')
  @UseGuards(AccountsGuard)
  @ApiOperation({ summary: 'Sign out', description: 'Ends the session of the cookie `mh_refresh`. Repeating is safe.' })
  @ApiResponse({ status: 204, description: 'There is no session any more.' })
  @refusals(404)
  async logout(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.sessions.endByToken(refreshTokenIn(request.raw));
    const noCookie = refreshCookie(undefined, isFromHttps(request.raw));
    await reply.code(204).header('set-cookie', noCookie).send();
  }

  @Post('logout-everywhere')
  @HttpCode(204)
  @UseGuards(AccountsGuard)
  @ApiOperation({ summary: 'Sign out everywhere', description: 'Ends every session of the account. API keys stay good.' })
  @ApiResponse({ status: 204, description: 'There are no sessions any more.' })
  @refusals(404)
  async logoutEverywhere(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.sessions.endAll(demandSignedIn(callerOf(request.raw)).userId);
    const noCookie = refreshCookie(undefined, isFromHttps(request.raw));
    await reply.code(204).header('set-cookie', noCookie).send();
  }

  @Post('password')
  @HttpCode(204)
  @Limited('sign-ins')
  @UseGuards(AccountsGuard)
  @ApiOperation({
    summary: 'Change the password',
    description: 'Ends every other session of the account, and its sign-in links.',
  })
  @ApiBody({ type: PasswordBody })
  @ApiResponse({ status: 204, description: 'It is changed.' })
  @refusals(404, 409)
  async password(@Req() request: FastifyRequest, @Body() given: unknown): Promise<void> {
    const { userId, sessionId } = demandSignedIn(callerOf(request.raw));
    const { old_password: old, new_password: next, email } = readBody(PasswordBody, given);
    await this.accounts.changePassword(userId, { old, next, email });
    await Promise.all([this.sessions.endAll(userId, sessionId), this.links.revokeOf(userId)]);
  }

  @Post('ticket')
  @HttpCode(200)
  @Access('read')
  @UseGuards(AccountsGuard)
  @ApiOperation({
    summary: 'Get a ticket',
    description:
      'For a WebSocket or an event stream, which browsers cannot send `Authorization` with: `?ticket=` stands for the caller, once, within seconds.',
  })
  @ApiResponse({ status: 200, ...schemaOf('Ticket') })
  @refusals(404, 429)
  ticket(@Req() request: FastifyRequest): Promise<Answer<'Ticket'>> {
    return this.tickets.create(callerOf(request.raw));
  }
}
