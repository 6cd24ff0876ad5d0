/**
 * What runs inside the interpreter beside the user's script: it calls `map` for each number and joins what comes back with `reduce`.
 *
 * Invariant: everything that reaches us from the interpreter is one string, made here. It takes what it needs of the language before the script runs, so that a script
 * which changes the language changes its own answer at most; nothing outside depends on it.
 *
 * A script gives the same answer on each try: `Math.random` begins again at each number, and there is no clock.
 */

/** Evaluates to `{ compute, merge, explain }`; `HOOK` is called at the end of the user's module. */
export const GUEST_PROGRAM = `(() => {
  'use strict';
  const { parse, stringify } = JSON;
  const { imul } = Math;
  const text = String;
  const { defineProperty } = Object;
  const { construct, get } = Reflect;
  const isList = Array.isArray;
  const Thenable = Promise;
  const Wrong = TypeError;
  let map;
  let reduce;

  let state = 0;
  const seed = (i) => { state = (i ^ 0x9e3779b9 ^ imul(Math.floor(i / 4294967296), 0x85ebca6b)) | 0; };
  Math.random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = imul(state ^ (state >>> 15), 1 | state);
    t = (t + imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };

  const clock = () => { throw new Wrong('a script has no clock, so that it gives the same answer on each try: send times in params'); };
  const Clock = Date;
  Clock.now = clock;
  globalThis.Date = new Proxy(Clock, {
    apply: clock,
    construct: (target, args, asked) => (args.length === 0 ? clock() : construct(target, args, asked)),
    get: (target, key) => get(target, key),
  });
  Clock.prototype.constructor = globalThis.Date;

  defineProperty(globalThis, '__manyhands', {
    value: (givenMap, givenReduce) => { map = givenMap; reduce = givenReduce; },
  });

  const checked = (value, call) => {
    if (value instanceof Thenable) throw new Wrong(call + ' returned a promise: a script cannot wait, return the value itself');
    if (value === undefined) throw new Wrong(call + ' returned nothing: return a JSON value, or null');
    return value;
  };
  const demand = () => {
    if (typeof map !== 'function') throw new Wrong('the script has no function map at its top level, or waits there with await: write function map(i, params) { … }');
  };
  const joined = (left, right, params) => checked(reduce(left, right, params), 'reduce');

  const compute = (begin, end, paramsText) => {
    demand();
    const params = parse(paramsText);
    if (typeof reduce !== 'function') {
      const list = [];
      for (let i = begin; i < end; i += 1) {
        seed(i);
        defineProperty(list, list.length, { value: checked(map(i, params), 'map'), enumerable: true, configurable: true, writable: true });
      }
      return stringify({ list });
    }
    let value;
    for (let i = begin; i < end; i += 1) {
      seed(i);
      const one = checked(map(i, params), 'map');
      value = i === begin ? one : joined(value, one, params);
    }
    const made = stringify(value);
    if (made === undefined) throw new Wrong('the result is a function or a symbol: return a JSON value');
    return '{"value":' + made + '}';
  };

  const merge = (leftText, rightText, paramsText) => {
    demand();
    if (typeof reduce !== 'function') throw new Wrong('the script has no function reduce');
    seed(0);
    const made = stringify(joined(parse(leftText), parse(rightText), parse(paramsText)));
    if (made === undefined) throw new Wrong('the result is a function or a symbol: return a JSON value');
    return '{"value":' + made + '}';
  };

  const explain = (thrown) => {
    if ((typeof thrown !== 'object' && typeof thrown !== 'function') || thrown === null) return stringify({ message: 'it threw ' + text(thrown).slice(0, 500) });
    return stringify({
      name: text(thrown.name ?? '').slice(0, 100),
      message: text(thrown.message ?? thrown).slice(0, 1000),
      stack: text(thrown.stack ?? '').slice(0, 4000),
    });
  };
  return { compute, merge, explain };
})()`;

/** Comes after the user's script, on a line of its own, so that the script's lines keep their numbers. */
export const GUEST_HOOK =
  "\n;__manyhands(typeof map === 'function' ? map : undefined, typeof reduce === 'function' ? reduce : undefined);";
