/** A `fetch` whose requests carry the token of who is signed in. One that is refused for its token is sent once more, with a new one. */
export interface Tokens {
  /** Null: requests carry none. */
  current(): Promise<string | null>;
  /** A token that the API took for no good. */
  refuse(token: string): void;
}

export function signedFetch(inner: typeof fetch, tokens: Tokens): typeof fetch {
  return async (input, init) => {
    const token = await tokens.current();
    if (token === null) return inner(input, init);
    const response = await inner(input, signed(init, token));
    if (response.status !== 401) return response;
    tokens.refuse(token);
    const next = await tokens.current();
    return next === null ? response : inner(input, signed(init, next));
  };
}

function signed(init: RequestInit | undefined, token: string): RequestInit {
  const headers = new Headers(init?.headers);
  headers.set('authorization', `Bearer ${token}`);
  return { ...init, headers };
}
