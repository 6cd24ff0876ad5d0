/** The launcher that started this gateway on this machine: over the IPC channel to it, orders go there and answers come back. */
import { Injectable } from '@nestjs/common';
import { readWorkerKilled, type KillWorker, type WorkerKilled } from '@manyhands/proto/settings';
import { unavailable } from '../edge/problem.ts';

/** As much of a process as has a channel to its parent. */
interface ParentChannel {
  send?(message: object): unknown;
  on(event: 'message', heard: (message: unknown) => void): unknown;
  off(event: 'message', heard: (message: unknown) => void): unknown;
}

/** Milliseconds to wait for an answer. */
const patienceMs = 2_000;

@Injectable()
export class Launcher {
  channel: ParentChannel = process as ParentChannel;
  #orders = 0;

  /** Ends a worker with SIGKILL; null where none runs at the moment. Throws 503 where no launcher answers. */
  async killWorker(): Promise<WorkerKilled['worker']> {
    const order: KillWorker = { type: 'KillWorker', id: (this.#orders += 1) };
    const { channel } = this;
    const { promise, resolve, reject } = Promise.withResolvers<WorkerKilled>();
    const heard = (message: unknown): void => {
      const answer = readWorkerKilled(message, order.id);
      if (answer) resolve(answer);
    };
    const unheard = (): void => reject(unavailable('What started this gateway does not answer; start the system again.'));
    const patience = setTimeout(unheard, patienceMs);
    channel.on('message', heard);
    try {
      if (channel.send === undefined) unheard();
      else channel.send(order);
      return (await promise).worker;
    } finally {
      clearTimeout(patience);
      channel.off('message', heard);
    }
  }
}
