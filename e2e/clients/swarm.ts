/** Starts a process full of clients (`swarm-process.ts`) and asks it what came when. */
import { fork } from 'node:child_process';
import { resolve } from 'node:path';

/** Clients that are alike. */
export interface Flock {
  transport: 'websocket' | 'sse';
  /** `http://127.0.0.1:8000`. */
  origin: string;
  count: number;
  /** How many of them stop reading once they have their first state. */
  stuck: number;
  /** Jobs to watch, one each, in turn. None: the list of jobs (WebSocket only). */
  jobs: readonly string[];
}

export interface Arrivals {
  /** Keys of the jobs bucket. */
  keys: string[];
  /** What clients that read were sent; four numbers each: client, index of the key, revision, epoch milliseconds. */
  came: Float64Array;
  /** Connections that were ended from outside. */
  lost: { reading: number; stuck: number };
}

export type ToSwarm = { do: 'open'; flock: Flock } | { do: 'forget' } | { do: 'report' };
export type FromSwarm = { is: 'open' } | { is: 'failed'; why: string } | { is: 'report'; arrivals: Arrivals };

export interface Swarm {
  readonly pid: number;
  /** Resolves when each client has its first state. */
  open(flock: Flock): Promise<void>;
  /** Forgets what came so far. */
  forget(): void;
  report(): Promise<Arrivals>;
  stop(): void;
}

export function startSwarm(): Swarm {
  const child = fork(resolve(import.meta.dirname, 'swarm-process.ts'), {
    execArgv: ['--conditions=source', '--disable-warning=ExperimentalWarning'],
    serialization: 'advanced',
  });
  const say = (message: ToSwarm): boolean => child.send(message);
  const answer = <Is extends FromSwarm['is']>(is: Is): Promise<Extract<FromSwarm, { is: Is }>> =>
    new Promise((done, failed) => {
      const heard = (message: FromSwarm): void => {
        if (message.is === 'failed') failed(new Error(message.why));
        else if (message.is !== is) return;
        else done(message as Extract<FromSwarm, { is: Is }>);
        child.off('message', heard);
      };
      child.on('message', heard);
      child.once('exit', (code) => failed(new Error(`the clients ended with ${code}`)));
    });
  return {
    pid: child.pid!,
    async open(flock) {
      const opened = answer('open');
      say({ do: 'open', flock });
      await opened;
    },
    forget: () => void say({ do: 'forget' }),
    async report() {
      const reported = answer('report');
      say({ do: 'report' });
      return (await reported).arrivals;
    },
    stop: () => child.disconnect(),
  };
}
