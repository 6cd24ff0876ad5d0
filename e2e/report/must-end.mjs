/**
 * A test runner that must end: a process some test left behind holds the runner's output open, and the runner would wait for it for ever.
 *
 * Invariant: three minutes after the last test, time enough for its reports, the runner is gone, whatever is left; it then ends with code 1 and says what is wrong.
 */
const WITHIN_MS = 180_000;

export default class MustEnd {
  onTestRunEnd() {
    setTimeout(() => {
      console.error(
        `the tests are over, but after ${WITHIN_MS / 1000} s something still holds the runner: most likely a process that a test started and did not end`,
      );
      process.exit(1);
    }, WITHIN_MS).unref();
  }
}
