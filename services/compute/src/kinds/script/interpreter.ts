/**
 * Runs users' scripts in QuickJS, compiled to WebAssembly: an interpreter that has the language and nothing else, in memory of its own.
 *
 * Invariant: no function of ours can be called from inside, save the one that states whether time is up; nothing but one string comes out, and its length is known before
 * it is copied. Each call has a runtime and a context of its own (`guest-run.ts`), so a script finds nothing that another call left. After the interpreter itself failed it is not used
 * again.
 *
 * QuickJS rather than quickjs-ng: of the two builds the second was a third faster in loops, and gave line 1 for errors on other lines. Never the asynchronous builds.
 */
import { newQuickJSWASMModuleFromVariant, type QuickJSWASMModule } from 'quickjs-emscripten-core';
import { GuestRun, type ScriptAnswer, type ScriptCall } from './guest-run.ts';
import type { ScriptLimits } from './script-limits.ts';

export class Interpreter {
  readonly #module: QuickJSWASMModule;
  readonly #limits: ScriptLimits;
  #isBroken = false;

  constructor(module: QuickJSWASMModule, limits: ScriptLimits) {
    this.#module = module;
    this.#limits = limits;
  }

  static async load(limits: ScriptLimits): Promise<Interpreter> {
    return new Interpreter(await newQuickJSWASMModuleFromVariant(import('@jitl/quickjs-wasmfile-release-sync')), limits);
  }

  /** Whether another has to take its place. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** `isStopped`: whether it has to end before its time is up. */
  run(code: string, call: ScriptCall, isStopped: () => boolean = () => false): ScriptAnswer {
    if (this.#isBroken) throw new Error('Invariant: an interpreter that failed is not used again');
    try {
      return new GuestRun(this.#module, this.#limits, isStopped).run(code, call);
    } catch {
      // It is in the middle of something: neither its memory nor its stack can be trusted.
      this.#isBroken = true;
      return { is: 'refused', why: 'the script stopped the interpreter: it recurses too deep, or holds too much' };
    }
  }
}
