/** The model server as the settings of compute state it, for this thread. */
import { createHash } from 'node:crypto';
import { SETTINGS } from '@manyhands/proto/settings';
import { ComputeRefused } from '@manyhands/worker/task';
import type { OutsideClient } from '../../outside/client.ts';
import { outsideClient } from '../../outside/opened.ts';
import { TokenLedger } from './token-ledger.ts';

export interface ModelServer {
  client: Pick<OutsideClient, 'send'>;
  /** Without a `/` at its end. */
  base: string;
  /** What stands for it in the names of rates: two servers have rates of their own. */
  mark: string;
  /** The variable that holds its key. */
  keyName: string | undefined;
  requestsPerMin: number | undefined;
  tokensPerMin: number | undefined;
  ledger: TokenLedger | undefined;
}

let known: ModelServer | undefined;

/** Throws `ComputeRefused` where none is set. */
export function modelServer(): ModelServer {
  return (known ??= readServer(process.env));
}

function readServer(environment: NodeJS.ProcessEnv): ModelServer {
  const url = environment['MANYHANDS_LLM_URL'] ?? '';
  if (url.trim() === '')
    throw new ComputeRefused(
      "no model server is set; the worker's operator sets MANYHANDS_LLM_URL, like http://127.0.0.1:11434/v1",
    );
  const base = SETTINGS.MANYHANDS_LLM_URL.read.parse(url.trim()).replace(/(?<!\/)\/+$/, '');
  const { hostname, port, protocol } = new URL(base);
  const place = {
    host: hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, ''),
    port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
  };
  const tokensPerMin = countIn(environment['MANYHANDS_LLM_TOKENS_PER_MINUTE']);
  return {
    client: outsideClient('llm', [place]),
    base,
    mark: createHash('sha256').update(base).digest('hex').slice(0, 16),
    keyName: environment['MANYHANDS_LLM_KEY'] ? 'MANYHANDS_LLM_KEY' : undefined,
    requestsPerMin: countIn(environment['MANYHANDS_LLM_REQUESTS_PER_MINUTE']),
    tokensPerMin,
    ledger: tokensPerMin === undefined ? undefined : new TokenLedger(tokensPerMin),
  };
}

/** They were checked when compute started. */
function countIn(text: string | undefined): number | undefined {
  return text === undefined || text.trim() === '' ? undefined : Number(text);
}
