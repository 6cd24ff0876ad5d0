import { eventually } from '@manyhands/testkit';
import { expect, it } from 'vitest';
import { outsideMetrics } from './outside-metrics.ts';
import { TallySender } from './tally.ts';

it('the metrics of the process hold what the clients of its threads counted', async () => {
  const { metrics, close } = outsideMetrics();
  const tally = new TallySender('http');
  for (let answer = 0; answer < 3; answer += 1) tally.ended('answered');
  tally.ended('failed');
  tally.breaker(true, 1);
  const shown = (...lines: string[]) =>
    eventually(async () => {
      const text = await metrics.render();
      for (const line of lines) expect(text).toContain(line);
    });
  await shown(
    'manyhands_outside_requests_total{kind="http",reason="answered",service="compute"} 3',
    'manyhands_outside_requests_total{kind="http",reason="failed",service="compute"} 1',
    'manyhands_outside_breakers_open{kind="http",service="compute"} 1',
    'manyhands_outside_breakers_opened_total{kind="http",service="compute"} 1',
  );
  tally.ended('held');
  tally.breaker(false, 0);
  await shown(
    '{kind="http",reason="answered",service="compute"} 3',
    'reason="held",service="compute"} 1',
    'manyhands_outside_breakers_open{kind="http",service="compute"} 0',
  );
  close();
});
