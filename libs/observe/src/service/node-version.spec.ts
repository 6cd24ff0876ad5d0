import { expect, it } from 'vitest';
import { NODE_MAJOR_MIN, nodeRefusal } from './node-version.ts';

it.each(['20.20.2', '22.18.0', '23.11.1', '8.0.0'])(
  'Node %s is refused with a sentence that says which Node, and how to get it',
  (version) => {
    expect(nodeRefusal(version, 'services/compute/dist/main.js')).toBe(
      `Manyhands runs on Node ${NODE_MAJOR_MIN} or newer, and this is Node ${version}. "npm install" installed a newer one: start this with "npx node services/compute/dist/main.js", or through npm.`,
    );
  },
);

it.each(['24.0.0', '26.1.0', '100.0.0'])('Node %s is taken', (version) => expect(nodeRefusal(version)).toBeUndefined());
