/** How many inputs are uploaded to this gateway at once, by whatever route. */
import { Injectable } from '@nestjs/common';
import { limits } from '@manyhands/proto';
import { Problem } from '../edge/problem.ts';
import { takesItsTime } from '../edge/request-time.ts';
import { callerOf } from '../identity/caller.ts';
import { Seats } from '../limits/seats.ts';
import type { FastifyRequest } from 'fastify';

const fullRetrySec = 10;

@Injectable()
export class UploadSeats {
  readonly #seats = new Seats(limits.uploadsMax);

  /** Throws 429 while there are too many, of all or of one account. */
  async during<Stored>(request: FastifyRequest, upload: () => Promise<Stored>): Promise<Stored> {
    const leave = this.#seats.take(callerOf(request.raw), tooMany);
    try {
      takesItsTime(request.raw);
      return await upload();
    } finally {
      leave();
    }
  }
}

function tooMany(seats: number, isOwn: boolean): Problem {
  const whose = isOwn
    ? `You are uploading ${seats} inputs here already, as many as one account may`
    : `${seats} inputs are being uploaded here already`;
  return new Problem(429, `${whose}; try again in a few seconds.`, fullRetrySec);
}
