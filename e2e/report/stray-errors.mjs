/**
 * Notes what failed outside every test, such as a promise that nothing waited for: the runner then fails although each test passed, and its
 * JSON report has no word of it.
 *
 * Source: `onTestRunEnd` of the reporters of Vitest. Writes a list of texts beside the JSON report, and only when there is something to note.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export default class StrayErrors {
  #report;

  onInit({ config }) {
    this.#report = config.outputFile.json;
  }

  onTestRunEnd(_modules, unhandledErrors) {
    if (unhandledErrors.length === 0) return;
    mkdirSync(dirname(this.#report), { recursive: true });
    writeFileSync(
      this.#report.replace(/json$/, 'stray.json'),
      JSON.stringify(unhandledErrors.map(({ stack, message }) => stack ?? message)),
    );
  }
}
