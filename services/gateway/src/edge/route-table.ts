/** Which methods each address takes: filled from the routes as they are registered, asked before any of them is. */

/** What every address answers besides its own methods. */
const always = 'OPTIONS';

interface Pattern {
  readonly segments: readonly string[];
  readonly methods: Set<string>;
}

export class RouteTable {
  readonly #fixed = new Map<string, Set<string>>();
  readonly #patterns: Pattern[] = [];
  /** Of addresses that no other route takes: the dashboard's. */
  readonly #rest = new Set<string>();

  /** Remembers a route as the router writes it: segments may be `:name`, and `*` stands for all that is left. */
  add(methods: string | readonly string[], url: string): void {
    const known = url.endsWith('*') ? this.#rest : this.#methodsOf(url);
    for (const method of [methods].flat()) known.add(method);
  }

  /** Methods that an address takes, as `Allow` lists them; undefined when there is no such address. `path` is decoded by segment. */
  methodsAt(path: string): readonly string[] | undefined {
    const segments = path.split('/');
    const own = this.#fixed.get(path) ?? this.#patterns.find((pattern) => fits(pattern.segments, segments))?.methods;
    const methods = own ?? (isApi(path) ? undefined : this.#rest);
    return methods === undefined || methods.size === 0 ? undefined : [...methods, always];
  }

  /** Every route as `[method, url]`, for tests over all of them. */
  get routes(): readonly (readonly [method: string, url: string])[] {
    const known: [string, Set<string>][] = [
      ...this.#fixed,
      ...this.#patterns.map(({ segments, methods }): [string, Set<string>] => [segments.join('/'), methods]),
      ['/*', this.#rest],
    ];
    return known.flatMap(([url, methods]) => [...methods].map((method) => [method, url] as const));
  }

  #methodsOf(url: string): Set<string> {
    const segments = url.split('/');
    if (!url.includes(':')) return this.#fixed.get(url) ?? setIn(this.#fixed, url);
    const known = this.#patterns.find((pattern) => pattern.segments.join('/') === url);
    if (known !== undefined) return known.methods;
    const methods = new Set<string>();
    this.#patterns.push({ segments, methods });
    return methods;
  }
}

function setIn(map: Map<string, Set<string>>, key: string): Set<string> {
  const fresh = new Set<string>();
  map.set(key, fresh);
  return fresh;
}

/** An empty segment is no name. */
function fits(pattern: readonly string[], segments: readonly string[]): boolean {
  return (
    pattern.length === segments.length &&
    pattern.every((segment, index) => (segment.startsWith(':') ? segments[index] !== '' : segment === segments[index]))
  );
}

/** Nothing below these is ever a page or a file of the dashboard. */
function isApi(path: string): boolean {
  return path.startsWith('/v1/') || path.startsWith('/api/');
}
