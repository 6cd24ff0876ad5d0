/** One call of a user's script, in a runtime and a context of its own. */
import type { QuickJSContext, QuickJSHandle, QuickJSRuntime, QuickJSWASMModule } from 'quickjs-emscripten-core';
import { GUEST_HOOK, GUEST_PROGRAM } from './guest-program.ts';
import { SCRIPT_FILE, sentenceOfThrown } from './script-error.ts';
import type { ScriptLimits } from './script-limits.ts';

export type ScriptCall =
  { do: 'compute'; begin: number; end: number; params: string } | { do: 'merge'; left: string; right: string; params: string };

export type ScriptAnswer =
  | { is: 'text'; text: string }
  /** `why`: a sentence for the user. */
  | { is: 'refused'; why: string }
  | { is: 'out of time' };

/** Nothing of it would ever be done: what a program prints behind its first `await` was lost in silence. */
const WAITS: ScriptAnswer = {
  is: 'refused',
  why: 'the script leaves something to be done later, with await or a promise: a script cannot wait, so do it at once',
};

/** For the error to be explained, after the time is up. */
const EXPLAIN_MS = 500;

export class GuestRun {
  readonly #runtime: QuickJSRuntime;
  readonly #context: QuickJSContext;
  readonly #limits: ScriptLimits;
  /** Not before the user's code runs. */
  #untilMs = Infinity;
  #isOut = false;

  constructor(module: QuickJSWASMModule, limits: ScriptLimits, isStopped: () => boolean) {
    this.#limits = limits;
    this.#runtime = module.newRuntime();
    this.#runtime.setMemoryLimit(limits.memoryBytes);
    this.#runtime.setMaxStackSize(limits.stackBytes);
    this.#runtime.setInterruptHandler(() => {
      const isOver = performance.now() > this.#untilMs || (!this.#isOut && isStopped());
      this.#isOut ||= isOver;
      return isOver;
    });
    this.#context = this.#runtime.newContext();
  }

  run(code: string, call: ScriptCall): ScriptAnswer {
    const answer = this.#answer(code, call);
    this.#context.dispose();
    this.#runtime.dispose();
    return answer;
  }

  #answer(code: string, call: ScriptCall): ScriptAnswer {
    const context = this.#context;
    const guest = context.unwrapResult(context.evalCode(GUEST_PROGRAM, 'manyhands.js', { type: 'global' }));
    this.#untilMs = performance.now() + this.#limits.timeMs;
    try {
      const loaded = context.evalCode(code + GUEST_HOOK, SCRIPT_FILE, { type: 'module' });
      if (loaded.error) return this.#refusal(guest, loaded.error);
      loaded.value.dispose();
      if (this.#runtime.hasPendingJob()) return WAITS;
      const answer = this.#call(guest, call);
      return answer.is === 'text' && this.#runtime.hasPendingJob() ? WAITS : answer;
    } finally {
      guest.dispose();
    }
  }

  #call(guest: QuickJSHandle, call: ScriptCall): ScriptAnswer {
    const context = this.#context;
    const args =
      call.do === 'compute'
        ? [context.newNumber(call.begin), context.newNumber(call.end), context.newString(call.params)]
        : [context.newString(call.left), context.newString(call.right), context.newString(call.params)];
    const result = context.getProp(guest, call.do).consume((method) => context.callFunction(method, context.undefined, ...args));
    for (const arg of args) arg.dispose();
    if (result.error) return this.#refusal(guest, result.error);
    return result.value.consume((value) => {
      const { outputMax } = this.#limits;
      // Of a string: nothing of the script runs.
      const length = context.getProp(value, 'length').consume((count) => context.getNumber(count));
      if (length <= outputMax) return { is: 'text', text: context.getString(value) };
      return { is: 'refused', why: `the result of a chunk has more than ${outputMax} letters as JSON: return less` };
    });
  }

  #refusal(guest: QuickJSHandle, thrown: QuickJSHandle): ScriptAnswer {
    if (this.#isOut) {
      thrown.dispose();
      return { is: 'out of time' };
    }
    const context = this.#context;
    this.#untilMs = performance.now() + EXPLAIN_MS;
    const told = context.getProp(guest, 'explain').consume((explain) => context.callFunction(explain, context.undefined, thrown));
    thrown.dispose();
    if (told.error) {
      told.error.dispose();
      return { is: 'refused', why: sentenceOfThrown(undefined) };
    }
    return told.value.consume((value) => ({ is: 'refused', why: sentenceOfThrown(context.getString(value)) }));
  }
}
