/** Lets Nest write its log lines as ours: JSON, with the part of Nest that logs as `step`. */
import type { LoggerService } from '@nestjs/common';
import type { LogFields, Logger } from '@manyhands/observe';

export class NestLog implements LoggerService {
  readonly #log: Logger;
  readonly #about: () => LogFields;

  /** `about`: what the work at hand is about; on every line. */
  constructor(log: Logger, about: () => LogFields = () => ({})) {
    this.#log = log;
    this.#about = about;
  }

  log(message: unknown, ...rest: unknown[]): void {
    const step = contextOf(rest);
    // Nest logs every route it maps.
    if (
      step !== undefined &&
      /^(InstanceLoader|RoutesResolver|RouterExplorer|NestFactory|NestApplication|NestMicroservice)$/.test(step)
    )
      this.debug(message, ...rest);
    else this.#log.info({ ...this.#about(), step }, String(message));
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.#log.debug({ ...this.#about(), step: contextOf(rest) }, String(message));
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.#log.warn({ ...this.#about(), step: contextOf(rest) }, String(message));
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.#log.error(
      { ...this.#about(), step: contextOf(rest), ...(message instanceof Error && { err: message }) },
      message instanceof Error ? message.message : String(message),
    );
  }
}

/** Nest puts the name of the part that logs last. */
function contextOf(rest: readonly unknown[]): string | undefined {
  const last = rest.at(-1);
  return typeof last === 'string' ? last : undefined;
}
