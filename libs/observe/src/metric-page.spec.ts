/** Made again by `npx vitest run --project unit libs/observe/src/metric-page -u`. */
import { platform } from 'node:os';
import { expect, it } from 'vitest';
import { metricsPage, OF_PROCESS } from './metric-page.fixture.ts';
import { createRegistry } from './registry.ts';

it('docs/operations/metrics.md is what the table says', () =>
  expect(metricsPage()).toMatchFileSnapshot('../../../docs/operations/metrics.md'));

it('the page names what is measured of a process, and nothing else', async () => {
  const text = await createRegistry('x', { processMetrics: true }).render();
  const named = Object.keys(OF_PROCESS).filter((name) => platform() === 'linux' || !OF_PROCESS[name]!.onlyLinux);
  expect([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!).toSorted()).toEqual(named.toSorted());
});
