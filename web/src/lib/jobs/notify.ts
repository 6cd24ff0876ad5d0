/** Whom to notify when a job is over, between the fields of a form and the API. Pure. */
import type { JobView } from '@manyhands/proto';
import { limits } from '@manyhands/proto/limits';

type Notify = NonNullable<JobView['notify']>;

/** As it is written; without an address it asks for nothing. */
export interface NotifyChoice {
  notifyUrl: string;
  /** Ends separated by commas; empty: each. */
  notifyOn: string;
  notifySecret: string;
}

export const usualNotify: NotifyChoice = { notifyUrl: '', notifyOn: '', notifySecret: '' };

const ENDS = ['completed', 'failed', 'cancelled'] as const;

/** What the form offers. */
export const notifyEnds = [
  { on: '', name: 'However it ends' },
  { on: 'failed', name: 'If it fails' },
  { on: 'completed', name: 'If it completes' },
] as const;

export function notifyOf({ notifyUrl, notifyOn, notifySecret }: NotifyChoice): { notify?: Notify } {
  const url = notifyUrl.trim();
  if (url === '') return {};
  const on = ENDS.filter((end) => notifyOn.split(',').includes(end));
  const secret = notifySecret.trim();
  return { notify: { url, ...(on.length > 0 && { on }), ...(secret !== '' && { secret }) } };
}

export function choiceOf(notify: Notify | undefined): NotifyChoice {
  return { notifyUrl: notify?.url ?? '', notifyOn: notify?.on?.join(',') ?? '', notifySecret: notify?.secret ?? '' };
}

/** What an address of the page states; whatever it states wrong is left out. */
export function notifyFrom(text: string | null): NotifyChoice {
  try {
    const given = JSON.parse(text ?? '{}') as Record<string, unknown>;
    const word = (name: string): string => (typeof given[name] === 'string' ? given[name] : '');
    const on = Array.isArray(given['on']) ? ENDS.filter((end) => (given['on'] as unknown[]).includes(end)) : [];
    return { notifyUrl: word('url'), notifyOn: on.join(','), notifySecret: word('secret') };
  } catch {
    return usualNotify;
  }
}

export function notifyText({ url, on }: Notify): string {
  return on ? `${url} (${on.join(', ')})` : url;
}

export function notifyProblem({ notifyUrl }: NotifyChoice): string | null {
  const text = notifyUrl.trim();
  if (text === '') return null;
  if (text.length > limits.notifyUrlCharsMax) return `Must have at most ${limits.notifyUrlCharsMax} characters.`;
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    return 'Must be an address, such as https://hooks.example/jobs.';
  return new URL(text).username === '' && new URL(text).password === '' ? null : 'Must not hold a user name or a password.';
}

export function notifySecretProblem({ notifySecret }: NotifyChoice): string | null {
  const text = notifySecret.trim();
  return text === '' || /^[A-Za-z_]\w{0,99}$/.test(text) ? null : 'Must be a name of letters, digits and _, such as HOOK_KEY.';
}
