/** What the module provides, by token. */
export const CONFIG = Symbol('config');
export const BROKER = Symbol('broker');
export const LOG = Symbol('log');
