/** Answers who signed in: the access token in the body, the refresh token in a cookie. */
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ACCESS_SEC, AccessTokens } from '../identity/access-tokens.ts';
import type { User } from '../identity/records.ts';
import { isFromHttps, refreshCookie, refreshTokenIn } from './refresh-cookie.ts';
import { Sessions, type Opened } from './sessions.ts';
import { userView } from './views.ts';

@Injectable()
export class SignIn {
  constructor(
    @Inject(Sessions) private readonly sessions: Sessions,
    @Inject(AccessTokens) private readonly tokens: AccessTokens,
  ) {}

  /** Throws `unavailable`. */
  async open(user: User, request: FastifyRequest, reply: FastifyReply, status: 200 | 201): Promise<void> {
    await this.#answer(await this.sessions.open(user, request.headers['user-agent']), request, reply, status);
  }

  /** For a browser that is sent on to a page: the cookie alone, for which the page gets its access token. Throws `unavailable`. */
  async cookie(user: User, request: FastifyRequest, isSecure: boolean): Promise<string> {
    const { refreshToken } = await this.sessions.open(user, request.headers['user-agent']);
    return refreshCookie(refreshToken, isSecure);
  }

  /** Throws 401, and `unavailable`. */
  async refresh(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    await this.#answer(await this.sessions.refresh(refreshTokenIn(request.raw)), request, reply, 200);
  }

  async #answer(
    { user, sessionId, refreshToken }: Opened,
    request: FastifyRequest,
    reply: FastifyReply,
    status: 200 | 201,
  ): Promise<void> {
    const accessToken = await this.tokens.sign({ userId: user.user_id, sessionId });
    await reply
      .code(status)
      .header('set-cookie', refreshCookie(refreshToken, isFromHttps(request.raw)))
      .header('cache-control', 'no-store')
      .send({ access_token: accessToken, expires_in: ACCESS_SEC, user: userView(user) });
  }
}
