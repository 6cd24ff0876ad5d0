/**
 * Fetches a file over HTTPS, through the proxy that the environment names (`HTTPS_PROXY`, `NO_PROXY`), or else the one in the settings of npm, which hands it on to what
 * `npx` starts.
 *
 * Invariant: nothing is asked over plain HTTP, redirected there or not; a network that answers nothing costs at most `giveUpMs`.
 */
import type { IncomingMessage } from 'node:http';
import { Agent, get } from 'node:https';

export interface FetchOptions {
  /** Milliseconds without a single byte after which the download fails. */
  giveUpMs: number;
  bytesMax: number;
  env?: NodeJS.ProcessEnv;
}

const redirectsMax = 5;

/** Throws a one-line reason. */
export async function fetchBytes(address: string, options: FetchOptions): Promise<Uint8Array> {
  const { env = process.env } = options;
  const ofNpm = env['npm_config_https_proxy'] || env['npm_config_proxy'];
  const proxyEnv = {
    HTTPS_PROXY: env['HTTPS_PROXY'] || env['https_proxy'] || ofNpm,
    NO_PROXY: env['NO_PROXY'] || env['no_proxy'] || env['npm_config_noproxy'],
  };
  const agent = new Agent({
    keepAlive: false,
    proxyEnv: Object.fromEntries(Object.entries(proxyEnv).filter(([, value]) => value)),
  });
  try {
    let url = new URL(address);
    for (let redirects = 0; redirects <= redirectsMax; redirects += 1) {
      if (url.protocol !== 'https:') throw new Error(`${url.origin} is not used: only https is allowed`);
      const next = await fetchOnce(url, agent, options);
      if (next instanceof Uint8Array) return next;
      url = next;
    }
    throw new Error(`${new URL(address).host} redirects more than ${redirectsMax} times`);
  } finally {
    agent.destroy();
  }
}

/** The bytes, or where to look for them. */
function fetchOnce(url: URL, agent: Agent, { giveUpMs, bytesMax }: FetchOptions): Promise<Uint8Array | URL> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent }, (response) => {
      silence.refresh();
      const place = redirectOf(response, url);
      if (place) return end(() => resolve(place));
      if (response.statusCode !== 200)
        return end(() => reject(new Error(`${response.statusCode} from ${url.origin}${url.pathname}`)));
      const parts: Uint8Array[] = [];
      let bytes = 0;
      response.on('data', (part: Uint8Array) => {
        silence.refresh();
        bytes += part.byteLength;
        if (bytes > bytesMax) end(() => reject(new Error(`${url.origin}${url.pathname} is larger than ${bytesMax} bytes`)));
        else parts.push(part);
      });
      response.once('end', () => (response.complete ? end(() => resolve(Buffer.concat(parts))) : failed(new Error('cut off'))));
      response.once('error', failed);
    });
    const silence = setTimeout(
      () => end(() => reject(new Error(`no answer from ${url.host} within ${giveUpMs / 1000} s`))),
      giveUpMs,
    );
    const end = (settle: () => void): void => {
      clearTimeout(silence);
      settle();
      request.destroy();
    };
    const failed = (error: NodeJS.ErrnoException): void =>
      end(() => reject(new Error(`cannot reach ${url.host} (${error.code ?? error.message})`, { cause: error })));
    request.on('error', failed);
  });
}

function redirectOf(response: IncomingMessage, from: URL): URL | undefined {
  const { location } = response.headers;
  return location !== undefined && [301, 302, 303, 307, 308].includes(response.statusCode ?? 0) && URL.canParse(location, from)
    ? new URL(location, from)
    : undefined;
}
