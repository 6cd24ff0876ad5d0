/** `/v1/keys`: the caller's API keys. */
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Req, Res, UseGuards } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Answer } from '@manyhands/proto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { readBody } from '../contract/body.ts';
import { refusals, schemaOf } from '../docs/responses.ts';
import { callerOf } from '../identity/caller.ts';
import { KeyBody } from './account-bodies.ts';
import { AccountsGuard, demandSignedIn } from './accounts.guard.ts';
import { ApiKeys } from './api-keys.ts';
import { keyView } from './views.ts';

@ApiTags('accounts')
@UseGuards(AccountsGuard)
@Controller('v1/keys')
export class KeysController {
  constructor(@Inject(ApiKeys) private readonly keys: ApiKeys) {}

  @Get()
  @ApiOperation({ summary: 'List my API keys', description: 'Newest first. The keys themselves are not stored.' })
  @ApiResponse({ status: 200, ...schemaOf('KeyList') })
  @refusals(404)
  async list(@Req() request: FastifyRequest): Promise<Answer<'KeyList'>> {
    const { userId } = callerOf(request.raw);
    return { keys: (await this.keys.of(userId!)).map(keyView) };
  }

  @Post()
  @ApiOperation({
    summary: 'Make an API key',
    description: 'For programs: `Authorization: Bearer <key>`. The answer is the only place where the key is shown.',
  })
  @ApiBody({ type: KeyBody })
  @ApiResponse({ status: 201, ...schemaOf('KeyCreated') })
  @refusals(404, 429)
  async create(@Req() request: FastifyRequest, @Body() given: unknown, @Res() reply: FastifyReply): Promise<void> {
    const { userId } = demandSignedIn(callerOf(request.raw));
    const { record, key } = await this.keys.create(userId, readBody(KeyBody, given));
    await reply
      .code(201)
      .header('cache-control', 'no-store')
      .send({ ...keyView(record), key });
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Revoke an API key',
    description: 'Every gateway refuses it within five seconds. A key may revoke itself, and no other.',
  })
  @ApiParam({ name: 'id', schema: { type: 'string' } })
  @ApiResponse({ status: 204, description: 'It is good no more.' })
  @refusals(404)
  async revoke(@Req() request: FastifyRequest, @Param('id') keyId: string): Promise<void> {
    const caller = callerOf(request.raw);
    // A key may end itself: that is how the command line signs out.
    const isItself = caller.by === 'key' && caller.credentialId === keyId;
    await this.keys.revoke(isItself ? caller.userId! : demandSignedIn(caller).userId, keyId);
  }
}
