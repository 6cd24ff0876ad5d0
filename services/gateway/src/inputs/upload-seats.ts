/** How many inputs are uploaded to this gateway at once, by whatever route. */
import { Injectable } from '@nestjs/common';
import { limits } from '@manyhands/proto';
import { Problem } from '../edge/problem.ts';
import { takesItsTime } from '../edge/request-time.ts';
import type { FastifyRequest } from 'fastify';

const fullRetrySec = 10;

@Injectable()
export class UploadSeats {
  #uploads = 0;

  /** Throws 429 while there are too many. */
  async during<Stored>(request: FastifyRequest, upload: () => Promise<Stored>): Promise<Stored> {
    if (this.#uploads >= limits.uploadsMax)
      throw new Problem(
        429,
        `${limits.uploadsMax} inputs are being uploaded here already; try again in a few seconds.`,
        fullRetrySec,
      );
    this.#uploads += 1;
    try {
      takesItsTime(request.raw);
      return await upload();
    } finally {
      this.#uploads -= 1;
    }
  }
}
