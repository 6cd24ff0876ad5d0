/** What nobody can read. */

/** Stored in a mailbox, or in the place of a snapshot or view. */
export const GIBBERISH = 'gibberish of another release';
/** A partial that is no JSON, so neither is the message around it. */
export const NO_JSON = '{"__proto__":[1,2';
