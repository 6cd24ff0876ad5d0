/** The API without a token: what any visitor may ask, and what signs in. It is asked before a page shows anything, and every few seconds from then on. */
import { createClient } from '@manyhands/sdk';
import { tellingTime } from '../server-time.ts';

export const visitor = createClient({ baseUrl: '', fetch: tellingTime((input, init) => fetch(input, init)) });
