/** Lets Nest write its log lines as ours: JSON, with the part of Nest that logs as `step`. */
import type { LoggerService } from '@nestjs/common';
import type { Logger } from '@manyhands/observe';

export class NestLog implements LoggerService {
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  log(message: unknown, ...rest: unknown[]): void {
    const step = contextOf(rest);
    // Nest logs every route it maps.
    if (
      step !== undefined &&
      /^(InstanceLoader|RoutesResolver|RouterExplorer|NestFactory|NestApplication|NestMicroservice)$/.test(step)
    )
      this.debug(message, ...rest);
    else this.#log.info({ step }, String(message));
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.#log.debug({ step: contextOf(rest) }, String(message));
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.#log.warn({ step: contextOf(rest) }, String(message));
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.#log.error(
      { step: contextOf(rest), ...(message instanceof Error && { err: message }) },
      message instanceof Error ? message.message : String(message),
    );
  }
}

/** Nest puts the name of the part that logs last. */
function contextOf(rest: readonly unknown[]): string | undefined {
  const last = rest.at(-1);
  return typeof last === 'string' ? last : undefined;
}
