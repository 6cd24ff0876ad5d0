/** Lets the browser store what the page has, or what the API answers, as a file. */
import { ApiProblem, problemOf } from '@manyhands/sdk';
import { session } from '../account/session.svelte.ts';
import { fileNameOf } from './file-name.ts';

export function storeAsFile(text: string, name: string, type: string): void {
  storeBlob(new Blob([text], { type }), name);
}

/**
 * Stores what an address answers, where a link alone would carry no token. The browser keeps what is large on disk meanwhile. Rejects with `ApiProblem`.
 */
export async function download(address: string): Promise<void> {
  let response: Response;
  let blob: Blob;
  try {
    response = await session.fetch(address);
    if (!response.ok) throw await problemOf(response);
    blob = await response.blob();
  } catch (cause) {
    if (cause instanceof ApiProblem) throw cause;
    throw new ApiProblem(0, 'The gateway does not answer.', { fromApi: false, cause });
  }
  storeBlob(blob, fileNameOf(response.headers.get('content-disposition')) ?? 'download');
}

export function storeBlob(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const link = Object.assign(document.createElement('a'), { href: address, download: name });
  link.click();
  URL.revokeObjectURL(address);
}
