import { expect, test } from 'vitest';
import { mergeMetrics } from './merge-metrics.ts';

const one = '# HELP a A.\n# TYPE a counter\na{service="x"} 1\n\n# HELP b B.\n# TYPE b gauge\nb 1\n';
const other = '# HELP c C.\n# TYPE c gauge\nc 3\n# HELP a Other words.\n# TYPE a counter\na{service="y"} 2\n';

test('a family of several texts is described once and holds all samples', () => {
  expect(mergeMetrics([one, other])).toBe(
    '# HELP a A.\n# TYPE a counter\na{service="x"} 1\na{service="y"} 2\n# HELP b B.\n# TYPE b gauge\nb 1\n# HELP c C.\n# TYPE c gauge\nc 3\n',
  );
});

test('one text stays as it is, without its blank lines', () => {
  expect(mergeMetrics([one, ''])).toBe(one.replaceAll('\n\n', '\n'));
});

test('samples without a description are kept', () => {
  expect(mergeMetrics(['loose 1\n', 'loose 2\n'])).toBe('loose 1\nloose 2\n');
});
