/** The API without a token: what any visitor may ask, and what signs in. */
import { createClient } from '@manyhands/sdk';

export const visitor = createClient({ baseUrl: '' });
