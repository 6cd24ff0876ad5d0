/** What the server's answer about a stream or consumer means: it is missing, or this process may not correct it. */
import { API_CODES, isForbidden, JetStreamApiError } from '@manyhands/nats';

/** Asks for one stream or consumer. */
export async function isMissing(find: () => Promise<unknown>): Promise<boolean> {
  try {
    await find();
    return false;
  } catch (error) {
    if (isAbsent(error)) return true;
    throw error;
  }
}

export function isAbsent(error: unknown): boolean {
  return (
    error instanceof JetStreamApiError && (error.code === API_CODES.streamNotFound || error.code === API_CODES.consumerNotFound)
  );
}

/** Why the server does not take a correction, as the end of a sentence; undefined where the server could not be asked. */
export function refusedFor(error: unknown): string | undefined {
  if (isForbidden(error))
    return 'services may not correct it: npm start does within seconds, elsewhere run the provisioning again';
  return error instanceof JetStreamApiError ? `the server refuses the correction: ${error.message}` : undefined;
}
