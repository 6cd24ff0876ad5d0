import { expect, test } from 'vitest';
import { RouteTable } from './route-table.ts';

function table(): RouteTable {
  const routes = new RouteTable();
  routes.add('GET', '/v1/jobs');
  routes.add(['HEAD'], '/v1/jobs');
  routes.add('POST', '/v1/jobs');
  routes.add('GET', '/v1/jobs/:id');
  routes.add('DELETE', '/v1/jobs/:id');
  routes.add('POST', '/v1/jobs/:id/pause');
  routes.add('GET', '/*');
  return routes;
}

test.each([
  ['/v1/jobs', ['GET', 'HEAD', 'POST', 'OPTIONS']],
  ['/v1/jobs/x', ['GET', 'DELETE', 'OPTIONS']],
  ['/v1/jobs/x/pause', ['POST', 'OPTIONS']],
  ['/v1/jobs/', undefined],
  ['/v1/jobs//pause', undefined],
  ['/v1/nope', undefined],
  ['/api/nope', undefined],
  ['/', ['GET', 'OPTIONS']],
  ['/jobs', ['GET', 'OPTIONS']],
  ['/V1/jobs', ['GET', 'OPTIONS']],
])('%s takes %s', (path, methods) => {
  expect(table().methodsAt(path)).toEqual(methods);
});

test('lists every route, and knows nothing of an address while there is none', () => {
  expect(table().routes).toContainEqual(['DELETE', '/v1/jobs/:id']);
  expect(table().routes).toContainEqual(['GET', '/*']);
  expect(new RouteTable().methodsAt('/')).toBeUndefined();
});
