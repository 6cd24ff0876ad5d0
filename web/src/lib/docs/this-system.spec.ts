import { expect, it } from 'vitest';
import { withThisSystem } from './this-system.ts';

const html =
  'curl <b data-here="host">127.0.0.1:8000</b>/v1/jobs; new Client("<b data-here="origin">http://127.0.0.1:8000</b>") <b>127.0.0.1:8000</b>';

it.each([
  ['http://10.0.0.7:9000', 'curl 10.0.0.7:9000/v1/jobs; new Client("http://10.0.0.7:9000") <b>127.0.0.1:8000</b>'],
  // Without its scheme curl would take the port of plain HTTP.
  ['https://jobs.example', 'curl https://jobs.example/v1/jobs; new Client("https://jobs.example") <b>127.0.0.1:8000</b>'],
])('at %s the commands name it, and nothing else is changed', (origin, expected) => {
  expect(withThisSystem(html, origin)).toBe(expected);
});
