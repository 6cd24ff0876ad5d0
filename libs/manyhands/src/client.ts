/** Submit jobs, watch them, get their answers. Needs only `fetch`, so it works in a browser, too. */
export * from '@manyhands/sdk';
