import { expect, it } from 'vitest';
import { passwordCharsMin, passwordProblem, signInProblems } from './sign-in-problems.ts';

const long = 'x'.repeat(passwordCharsMin);

it('nothing is wrong with an address and a long password, and signing in takes a short one', () => {
  expect(signInProblems('register', ' ada@example.org ', long)).toEqual({});
  expect(signInProblems('login', 'ada@example.org', 'x')).toEqual({});
});

it.each(['', ' ', 'ada', 'ada@', '@example.org', 'a@b@c', 'ada lovelace@example.org'])('%j is no address', (email) => {
  expect(Object.keys(signInProblems('login', email, 'x'))).toEqual(['email']);
});

it('a new password one character too short is refused, with its length', () => {
  expect(passwordProblem('register', long.slice(1))).toEqual({
    password: `Must have at least ${passwordCharsMin} characters; it has ${passwordCharsMin - 1}.`,
  });
  expect(passwordProblem('register', '')).toEqual({ password: 'Choose a password.' });
  expect(passwordProblem('login', '')).toEqual({ password: 'Enter your password.' });
});

it('a character is one character, whatever it is stored as', () => {
  expect(passwordProblem('register', '🙂'.repeat(passwordCharsMin))).toEqual({});
  expect(passwordProblem('register', '🙂'.repeat(passwordCharsMin - 1))).toHaveProperty('password');
});
