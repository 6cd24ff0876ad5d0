/** What is wrong with an address and a password before they are sent. Pure. */
import { limits } from '@manyhands/proto/limits';

export type Way = 'login' | 'register';

export type SignInProblems = Partial<Record<'email' | 'password', string>>;

export const { passwordCharsMin } = limits;

/** A password that is there already is not judged: the gateway knows it, or does not. */
export function signInProblems(way: Way, email: string, password: string): SignInProblems {
  const problem = emailProblemOf(email);
  return { ...(problem !== undefined && { email: problem }), ...passwordProblem(way, password) };
}

export function emailProblemOf(email: string): string | undefined {
  const given = email.trim();
  if (given === '') return 'Enter your e-mail address.';
  return /^[^\s@]+@[^\s@]+$/.test(given) ? undefined : 'This is no e-mail address: it must be like ada@example.org.';
}

/** A new one has to be long; how many characters that are is counted as the gateway does. */
export function passwordProblem(way: Way, password: string): SignInProblems {
  const length = [...password].length;
  if (length === 0) return { password: way === 'login' ? 'Enter your password.' : 'Choose a password.' };
  if (way === 'login' || length >= passwordCharsMin) return {};
  return { password: `Must have at least ${passwordCharsMin} characters; it has ${length}.` };
}
