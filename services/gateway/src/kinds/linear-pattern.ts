/**
 * Patterns of kinds, run in time that is linear in the text (RE2), where the engine of JavaScript needs minutes for `^(a+)+$` and 30 letters.
 *
 * Invariant: a check costs at most `STEPS_MAX` steps for all its patterns and texts together; a text beyond that counts as one that does not fit. What only
 * backtracking can match (a look ahead, a reference to a group), and a pattern that is too large, make the schema one that cannot be compiled.
 *
 * Not a check of patterns by their looks (`safe-regex`): it lets `^(a|a)*$` and `a*a*a*b` pass.
 */
import { RE2JS } from 're2js';

/** States of a pattern's program, times characters of a text: about 13 ns each at worst. */
const STEPS_MAX = 1_000_000;
const PROGRAM_MAX = 2_000;

interface Engine {
  (pattern: string, flags: string): { test(text: string): boolean; toString(): string };
  /** How Ajv would write the engine into generated code. */
  code: string;
}

/** An engine for Ajv; `begin` gives it its whole budget again. */
export function linearPatterns(): { engine: Engine; begin: () => void } {
  let stepsLeft = STEPS_MAX;
  const compile = (pattern: string): { test(text: string): boolean; toString(): string } => {
    const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern));
    const size = compiled.programSize();
    if (size > PROGRAM_MAX) throw new Error(`pattern "${pattern.slice(0, 64)}" is too large; write a shorter one`);
    return {
      // Ajv keeps compiled patterns under it.
      toString: () => pattern,
      test(text) {
        stepsLeft -= size * text.length;
        return stepsLeft >= 0 && compiled.test(text);
      },
    };
  };
  return { engine: Object.assign(compile, { code: 'linearPattern' }), begin: () => void (stepsLeft = STEPS_MAX) };
}
