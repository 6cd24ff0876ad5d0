/** Makes a sentence of what a script threw, with the line of the script it was at. */

/** How the user's script is called in the stacks of the interpreter. */
export const SCRIPT_FILE = 'script.js';

const MESSAGE_MAX = 500;

/** `told`: the JSON text of `explain` in `guest-program.ts`, or what is left of it. */
export function sentenceOfThrown(told: string | undefined): string {
  const { name, message, stack } = partsOf(told);
  const place = /script\.js:(\d+)/.exec(stack)?.[1];
  const what = [name, message].filter((part) => part !== '').join(': ') || 'it threw something that cannot be shown';
  return `${place === undefined ? '' : `line ${place}: `}${what}`.slice(0, MESSAGE_MAX);
}

function partsOf(told: string | undefined): { name: string; message: string; stack: string } {
  try {
    const parts = JSON.parse(told ?? '{}') as Record<string, unknown>;
    const text = (key: string): string => (typeof parts[key] === 'string' ? parts[key] : '');
    return { name: text('name'), message: text('message'), stack: text('stack') };
  } catch {
    return { name: '', message: '', stack: '' };
  }
}
