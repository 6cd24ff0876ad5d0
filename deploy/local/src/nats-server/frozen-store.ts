/**
 * Starts nats-server again after a full disk.
 *
 *   storing ──a write failed──▶ frozen ──room on the disk──▶ started again ──▶ storing
 *
 * nats-server 2.15 freezes a stream whose write failed until it is started again, even when there has been room for a long time; it reports this only in its
 * log. Started without room it would freeze again, so that is waited for.
 */
import { startText } from '../home.ts';
import { statfs } from 'node:fs/promises';

/** Free bytes that are room enough: the largest message is 1 MiB, and every stream and consumer writes some. */
const roomBytes = 16 * 1024 ** 2;
const lookEveryMs = 1_000;

export interface FrozenStoreSetting {
  storeFolder: string;
  /** Ends the server; its supervisor starts it again. */
  startAnew(): void;
  say(line: string): void;
  /** Default: of the disk the folder is on. */
  freeBytes?(): Promise<number>;
}

export class FrozenStore {
  readonly #setting: FrozenStoreSetting;
  #looking: NodeJS.Timeout | undefined;

  constructor(setting: FrozenStoreSetting) {
    this.#setting = setting;
  }

  /** Receives every line the server prints. */
  hear(line: string): void {
    if (this.#looking || !saysWriteFailed(line)) return;
    const { storeFolder, say } = this.#setting;
    say(
      `NATS cannot write to ${storeFolder}: is the disk full? Jobs are refused until there is room; ${startText} then starts nats-server again.`,
    );
    this.#look();
  }

  #look(): void {
    this.#looking = setTimeout(() => void this.#startAnewWhenRoom(), lookEveryMs);
    this.#looking.unref();
  }

  async #startAnewWhenRoom(): Promise<void> {
    const { storeFolder, startAnew, say, freeBytes = () => freeBytesAt(storeFolder) } = this.#setting;
    const free = await freeBytes();
    if (free < roomBytes) return this.#look();
    this.#looking = undefined;
    say(`There is room on the disk again (${Math.floor(free / 1024 ** 2)} MiB): starting nats-server again.`);
    startAnew();
  }
}

async function freeBytesAt(folder: string): Promise<number> {
  return statfs(folder).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => 0,
  );
}

/** Of a line of nats-server's log. Pure. */
export function saysWriteFailed(line: string): boolean {
  return /\[ERR\] .*(critical write error|no space left on device|disk quota exceeded)/i.test(line);
}
