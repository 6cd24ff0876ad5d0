/** Waiting in tests whose clock is a fake one: no time passes but what they let pass. `setTimeout` here is the fake one, as that of `node:timers/promises` is not. */

export const passed = (ms: number) => new Promise((resume) => setTimeout(resume, ms));
