import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectFolder } from './home.ts';

const dependenciesOf = (room: string): Record<string, string> =>
  (JSON.parse(readFileSync(join(projectFolder, room, 'package.json'), 'utf8')) as { dependencies: Record<string, string> })
    .dependencies;

test('the package that holds the services brings what each of them needs, in the same version', () => {
  const brought = dependenciesOf('deploy/local');
  for (const service of ['gateway', 'coordinator', 'compute', 'metrics'])
    expect(brought, service).toMatchObject(dependenciesOf(`services/${service}`));
});
