/**
 * `/v1/auth/providers`: signing in with an account of another provider, by OpenID Connect's code flow.
 *
 *   sign-in page ──start──▶ provider ──callback──▶ sign-in page, signed in, or with the reason why not
 *
 * Invariant: a browser is sent to the provider's own address and to our sign-in page, never to one that a request names. The sign-in page goes on to `to`, if that is a
 * page of ours.
 */
import { Controller, Get, Inject, Logger, Param, Query, Req, Res, UseGuards } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import { limits, type Answer } from '@manyhands/proto';
import { readAuthority, type SignInProvider } from '@manyhands/proto/settings';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Accounts } from '../accounts/accounts.ts';
import { AccountsGuard } from '../accounts/accounts.guard.ts';
import { SignIn } from '../accounts/sign-in.ts';
import { CONFIG, type GatewayConfig } from '../config.ts';
import { Field } from '../contract/field.ts';
import { Queries, readQuery } from '../contract/query.ts';
import { refusals, schemaOf } from '../docs/responses.ts';
import { openedOrigin } from '../edge/known-hosts.ts';
import { badRequest, cut, notFound } from '../edge/problem.ts';
import { AnyQuery } from '../edge/query-guard.ts';
import { Access } from '../identity/access.ts';
import { ProviderAccounts } from '../identity/provider-accounts.ts';
import { newSecret } from '../identity/secrets.ts';
import { Limited } from '../limits/limit.guard.ts';
import { begunFlowIn, flowCookie } from './flow-cookie.ts';
import { flowOf } from './flow.ts';
import { ProviderClients } from './provider-clients.ts';
import { failureOf, type SignInFailure } from './sign-in-failure.ts';

class StartQuery {
  // Printable ASCII behind one slash: `//` and `/\` would begin another host.
  @Field(
    z
      .string()
      .max(limits.pageAddressCharsMax)
      .regex(/^\/([!-.0-[\]-~][!-~]*)?$/, 'must be an address of this dashboard, like /jobs?status=failed'),
    { description: 'The page to show afterwards.' },
  )
  to?: string;
}

const id = { name: 'id', description: 'The name of the provider.', schema: { type: 'string' } } as const;
const redirect = { location: { description: 'Where it is sent.', schema: { type: 'string' } } } as const;

@ApiTags('accounts')
@Access('public')
@UseGuards(AccountsGuard)
@Controller('v1/auth/providers')
export class ProviderSignInController {
  readonly #log = new Logger('accounts');

  constructor(
    @Inject(CONFIG) private readonly config: GatewayConfig,
    @Inject(ProviderClients) private readonly clients: ProviderClients,
    @Inject(ProviderAccounts) private readonly subjects: ProviderAccounts,
    @Inject(Accounts) private readonly accounts: Accounts,
    @Inject(SignIn) private readonly signIn: SignIn,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'List providers to sign in with',
    description: 'Those of AUTH_SIGN_IN. A browser that opens `start` signs in there, and comes back to the sign-in page.',
  })
  @ApiResponse({ status: 200, ...schemaOf('SignInProviders') })
  @refusals(404)
  list(): Answer<'SignInProviders'> {
    return {
      providers: this.config.signInProviders.map(({ name }) => ({ name, start: `/v1/auth/providers/${name}/start` })),
    };
  }

  @Get(':id/start')
  @ApiTags('for browsers')
  @Limited('address')
  @ApiOperation({ summary: 'Go to a provider to sign in', description: 'For a browser: a link of the sign-in page.' })
  @ApiParam(id)
  @Queries(StartQuery)
  @ApiResponse({ status: 303, description: 'The provider; or, where it does not answer, the sign-in page.', headers: redirect })
  @refusals(404, 422)
  async start(
    @Req() request: FastifyRequest,
    @Param('id') name: string,
    @Query() query: Record<string, unknown>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const provider = this.#provider(name);
    const { to = '' } = readQuery(StartQuery, query);
    const origin = this.#origin(request);
    const secret = newSecret();
    let address: string;
    try {
      address = await this.clients.address(provider, flowOf(name, secret), callbackOf(origin, name));
    } catch (error) {
      return sendOn(reply, this.#pageAfter(error, provider, to));
    }
    await sendOn(reply, address, [flowCookie({ secret, to }, isHttps(origin))]);
  }

  @Get(':id/callback')
  @ApiTags('for browsers')
  @Limited('address')
  @AnyQuery()
  @ApiOperation({
    summary: 'Come back from a provider',
    description: 'For a browser: the redirect address, which the provider must know.',
  })
  @ApiParam(id)
  @ApiQuery({ name: 'code', required: false, schema: { type: 'string' } })
  @ApiQuery({ name: 'state', required: false, schema: { type: 'string' } })
  @ApiQuery({ name: 'iss', required: false, schema: { type: 'string' } })
  @ApiQuery({ name: 'error', required: false, schema: { type: 'string' } })
  @ApiResponse({ status: 303, description: 'The sign-in page; `why` in its address is the reason why not.', headers: redirect })
  @refusals(404)
  async callback(
    @Req() request: FastifyRequest,
    @Param('id') name: string,
    @Query() { state }: Record<string, unknown>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const provider = this.#provider(name);
    const origin = this.#origin(request);
    const begun = begunFlowIn(request.raw);
    const flow = begun && flowOf(name, begun.secret);
    // The cookie stays: it may be that of another tab, which is still at the provider.
    if (begun === undefined || flow === undefined || flow.state !== state)
      return sendOn(reply, signInPage(begun?.to ?? '', 'late'));
    const spent = flowCookie(undefined, isHttps(origin));
    try {
      const answered = new URL(callbackOf(origin, name) + new URL(request.url, origin).search);
      const { issuer, subject } = await this.clients.identity(provider, flow, answered);
      const user = await this.accounts.get(await this.subjects.of(issuer, subject));
      if (user.disabled_at !== null) return await sendOn(reply, signInPage(begun.to, 'disabled'), [spent]);
      const cookie = await this.signIn.cookie(user, request, isHttps(origin));
      await sendOn(reply, signInPage(begun.to), [spent, cookie]);
    } catch (error) {
      await sendOn(reply, this.#pageAfter(error, provider, begun.to), [spent]);
    }
  }

  /** Throws 404. */
  #provider(name: string): SignInProvider {
    const provider = this.config.signInProviders.find((each) => each.name === name);
    if (provider === undefined) throw notFound('There is no such provider to sign in with (AUTH_SIGN_IN).');
    return provider;
  }

  /** Under which the browser knows this system. Throws 400. */
  #origin({ raw }: FastifyRequest): string {
    const host = readAuthority(raw.headers.host ?? '');
    if (host === undefined) throw badRequest('Signing in needs the Host header, which every browser sends.');
    return openedOrigin(host, this.config.origins, raw.socket.localPort);
  }

  /** Throws a fault of ours again. */
  #pageAfter(error: unknown, { name }: SignInProvider, to: string): string {
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    // A user who does not want to is no news.
    if (failure !== 'declined') this.#log.warn(`signing in with "${name}" did not succeed: ${reasonOf(error)}`);
    return signInPage(to, failure);
  }
}

function callbackOf(origin: string, name: string): string {
  return `${origin}/v1/auth/providers/${name}/callback`;
}

function isHttps(origin: string): boolean {
  return origin.startsWith('https:');
}

function signInPage(to: string, why?: SignInFailure): string {
  const query = new URLSearchParams({ ...(to !== '' && { to }), ...(why !== undefined && { why }) }).toString();
  return query === '' ? '/sign-in' : `/sign-in?${query}`;
}

async function sendOn(reply: FastifyReply, location: string, cookies: readonly string[] = []): Promise<void> {
  if (cookies.length > 0) void reply.header('set-cookie', [...cookies]);
  await reply.code(303).header('location', location).header('cache-control', 'no-store').send();
}

/** The message, what the provider calls it, and the messages of its causes: the outermost states little. */
function reasonOf(error: unknown): string {
  const reasons: string[] = [];
  for (let each = error; each instanceof Error && reasons.length < 8; each = each.cause) {
    reasons.push(each.message);
    if ('error' in each && typeof each.error === 'string') reasons.push(each.error);
  }
  return cut(reasons.join(': '), 500);
}
