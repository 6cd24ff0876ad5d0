/**
 * A `fetch` that tells how much of its body was sent, on XMLHttpRequest: fetch itself tells nothing, and streams a body over HTTP/2 only.
 * For the client of an upload; what it answers is a `Response` as from fetch.
 */
export type SentBytes = (sent: number, total: number) => void;

export function fetchTelling(sent: SentBytes): typeof fetch {
  return (input, init) =>
    new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open(init?.method ?? 'GET', input instanceof Request ? input.url : String(input));
      for (const [name, value] of new Headers(init?.headers)) request.setRequestHeader(name, value);
      request.responseType = 'arraybuffer';
      request.upload.onprogress = ({ loaded, total }) => sent(loaded, total);
      request.onload = () =>
        resolve(new Response(request.response as ArrayBuffer, { status: request.status, headers: headersOf(request) }));
      request.onerror = () => reject(new TypeError('No answer.'));
      const { signal } = init ?? {};
      request.onabort = () => reject(new DOMException('The upload was stopped.', 'AbortError'));
      signal?.addEventListener('abort', () => request.abort(), { once: true });
      if (signal?.aborted) return request.abort();
      request.send((init?.body ?? null) as XMLHttpRequestBodyInit | null);
    });
}

function headersOf(request: XMLHttpRequest): Headers {
  const lines = request.getAllResponseHeaders().trim().split(/\r?\n/);
  return new Headers(
    lines.filter(Boolean).map((line): [string, string] => [line.split(':')[0]!, line.slice(line.indexOf(':') + 1)]),
  );
}
