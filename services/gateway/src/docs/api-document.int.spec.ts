/** The description as clients read it, and as a linter does. */
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aJobView, aKindRegistration, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { startFixture, type GatewayFixture } from '../gateway.fixture.ts';
import { JOB_FIELDS } from '../submit/job-body.ts';
import { jobExamples } from '../submit/job-examples.ts';

interface Operation {
  operationId: string;
  description: string;
  security: object[];
  tags: string[];
  parameters?: { name: string; in: string; schema?: object }[];
  requestBody?: { content: Record<string, { schema: object; examples?: Record<string, { value: unknown }> }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>;
}
interface Document {
  servers: { url: string }[];
  info: { license: object };
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, { properties?: object }> };
}

let nats: NatsServer;
let gateway: GatewayFixture;
let document: Document;
let operations: [name: string, operation: Operation][];
let ajv: Ajv2020;

beforeAll(async () => {
  nats = await startNatsServer();
  gateway = await startFixture(nats.url);
  const n = {
    oneOf: [
      { type: 'integer', minimum: 1 },
      { type: 'string', pattern: '^[0-9]+$' },
    ],
  };
  for (const kind of ['sum', 'primes'])
    await gateway.world.register(
      aKindRegistration({ kind, params_schema: { type: 'object', properties: { n }, required: ['n'] } }),
    );
  for (const kind of ['vector-processing', 'script'])
    await gateway.world.register(aKindRegistration({ kind, params_schema: { type: 'object' } }));
  await eventually(async () => expect((await gateway.call('/v1/kinds')).json).toMatchObject({ kinds: [{}, {}, {}, {}] }));
  document = (await gateway.call('/openapi.json')).json as Document;
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [`${method} ${path}`, operation]),
  );
  ajv = new Ajv2020({ strict: false });
  formats.default(ajv);
  ajv.addSchema(document as object, 'api');
});
afterAll(async () => {
  await gateway?.stop();
  await nats?.stop();
});

const validate = (name: string) => ajv.getSchema(`api#/components/schemas/${name}`)!;

describe('/openapi.json', () => {
  test('states where the server is, and under which licence it is', () => {
    expect(document).toMatchObject({ servers: [{ url: '/' }], info: { license: { name: 'MIT' } } });
  });

  test('a linter finds nothing in it', async () => {
    // Generated clients name shapes that stand only inside others, too.
    const rules = { 'no-unused-components': 'off' } as const;
    const config = await createConfig({ extends: ['recommended-strict'], rules });
    const found = await lintFromString({ source: JSON.stringify(document), absoluteRef: '/openapi.json', config });
    const problems = found.map(({ ruleId, message }) => `${ruleId}: ${message}`);
    // `demo` is no id, and the fixed name goes before it.
    const demo = /^no-ambiguous-paths: .*`\/v1\/jobs\/demo\/\{id\}`/;
    expect(problems.filter((problem) => !demo.test(problem))).toEqual([]);
    expect(problems.length).toBeGreaterThan(0);
  });

  test('/redoc leads to the one page there is', async () => {
    const answer = await gateway.call('/redoc', { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([308, '/reference']);
    expect((await gateway.call('/redoc')).headers.get('content-type')).toMatch(/^text\/html/);
  });

  test('states of each route which scope it needs, and of public ones that they need none', () => {
    for (const [path, method, security] of [
      ['/healthz', 'get', []],
      ['/v1/jobs', 'get', [{ bearer: ['read'] }]],
      ['/v1/jobs', 'post', [{ bearer: ['write'] }]],
      ['/metrics', 'get', [{ bearer: ['admin'] }]],
    ] as const) {
      const operation = document.paths[path]![method]!;
      expect(operation.security, path).toEqual(security);
      expect('401' in operation.responses, path).toBe(security.length > 0);
      expect(operation, path).not.toHaveProperty('x-access');
    }
  });

  test('names each operation once, in letters that generators can use, with a tag that is described and a refusal', () => {
    expect(new Set(operations.map(([, { operationId }]) => operationId)).size).toBe(operations.length);
    const tags = document.tags.map(({ name }) => name);
    for (const [
      name,
      {
        operationId,
        description,
        tags: [tag = ''],
        responses,
      },
    ] of operations) {
      expect(operationId, name).toMatch(/^[A-Za-z_]+$/);
      expect(description, name).not.toBe('');
      expect(tags, name).toContain(tag);
      expect(
        Object.keys(responses).some((status) => status.startsWith('4')),
        name,
      ).toBe(true);
      if (name.includes('/v1/')) expect(responses, name).toHaveProperty('422');
    }
  });

  test('describes every schema as JSON Schema does, every array with its items', () => {
    for (const name of Object.keys(document.components.schemas)) expect(() => validate(name), name).not.toThrow();
    const text = JSON.stringify(document, (_, value: unknown) => {
      if (typeof value === 'object' && value !== null && 'type' in value && value.type === 'array')
        expect((value as { items?: unknown }).items, JSON.stringify(value)).toBeTypeOf('object');
      return value;
    });
    expect(text).toContain('"maxItems":2');
    expect(text).not.toContain('prefixItems');
  });

  test('describes each event, whose data is JSON in a string', () => {
    const check = validate('JobEvent');
    for (const event of [
      { event: 'status', id: '7', data: JSON.stringify(aJobView()) },
      { event: 'done', id: '7-done', data: '{"status":"completed"}' },
    ])
      expect(check(event), JSON.stringify(check.errors)).toBe(true);
    expect(check('text')).toBe(false);
    const { anyOf } = document.components.schemas['JobEvent']! as unknown as { anyOf: { properties: { data: object } }[] };
    for (const { properties } of anyOf)
      expect(properties.data).toMatchObject({
        type: 'string',
        contentMediaType: 'application/json',
        contentSchema: { type: 'object', properties: { status: {} } },
      });
    expect(document.paths['/v1/jobs/{id}/events']!['get']!.responses['200']!.content!['text/event-stream']!.schema).toEqual({
      $ref: '#/components/schemas/JobEvent',
    });
  });

  test('describes the fields of a submission that are known, and no others', () => {
    expect(Object.keys(document.components.schemas['JobBody']!.properties!)).toEqual(JOB_FIELDS);
  });

  // Seen: the example that /reference makes of all fields together is refused with 422.
  test('has examples of every body, and each is accepted and fits its schema', async () => {
    const bodies = operations.filter(([, { requestBody }]) => requestBody?.content['application/json']?.schema !== undefined);
    expect(bodies.map(([name]) => name)).toEqual(expect.arrayContaining(['post /v1/jobs', 'post /api/count-primes']));
    expect(Object.keys(document.paths['/v1/jobs']!['post']!.requestBody!.content['application/json']!.examples ?? {})).toEqual(
      Object.keys(jobExamples),
    );
    for (const [name, { requestBody }] of bodies) {
      const [method = '', path = ''] = name.split(' ');
      const { schema, examples = {} } = requestBody!.content['application/json']!;
      const { $ref: reference = '' } = schema as { $ref?: string };
      for (const [example, { value }] of Object.entries(examples)) {
        const headers = { 'content-type': 'application/json' };
        const answer = await gateway.call(path, { method: method.toUpperCase(), headers, body: JSON.stringify(value) });
        expect(answer.status, `${name} ${example}: ${answer.text}`).toBeLessThan(300);
        const check = validate(reference.slice(reference.lastIndexOf('/') + 1));
        expect(check(value), `${name} ${example}: ${JSON.stringify(check.errors)}`).toBe(true);
      }
    }
  });

  test('describes what is answered', async () => {
    const { job_id: jobId } = (await gateway.post({ n: 10 })).json as { job_id: string };
    const { schedule_id: scheduleId } = (await gateway.post({ n: 10, cron: '@daily' })).json as { schedule_id: string };
    for (const [path, method, route] of [
      ['/healthz', 'get', '/healthz'],
      ['/readyz', 'get', '/readyz'],
      ['/v1/jobs', 'get', '/v1/jobs'],
      [`/v1/jobs/${jobId}`, 'get', '/v1/jobs/{id}'],
      [`/v1/jobs/${jobId}/shares`, 'post', '/v1/jobs/{id}/shares'],
      [`/v1/jobs/${jobId}/shares`, 'get', '/v1/jobs/{id}/shares'],
      [`/v1/jobs/${jobId}/shares/x`, 'delete', '/v1/jobs/{id}/shares/{share_id}'],
      ['/v1/shares/x', 'get', '/v1/shares/{token}'],
      ['/v1/kinds', 'get', '/v1/kinds'],
      ['/v1/workers', 'get', '/v1/workers'],
      ['/v1/workers/record', 'get', '/v1/workers/record'],
      ['/v1/leases', 'get', '/v1/leases'],
      ['/v1/queues', 'get', '/v1/queues'],
      ['/v1/throughput', 'get', '/v1/throughput'],
      ['/v1/schedules', 'get', '/v1/schedules'],
      [`/v1/schedules/${scheduleId}`, 'get', '/v1/schedules/{id}'],
      [`/v1/schedules/${scheduleId}/pause`, 'post', '/v1/schedules/{id}/pause'],
      ['/v1/dead-letters', 'get', '/v1/dead-letters'],
      ['/v1/failures', 'get', '/v1/failures'],
      ['/v1/failures/x', 'get', '/v1/failures/{id}'],
      ['/v1/failures/x/requeue', 'post', '/v1/failures/{id}/requeue'],
      ['/v1/jobs?nope=1', 'get', '/v1/jobs'],
      ['/v1/jobs?limit=0', 'get', '/v1/jobs'],
      ['/v1/jobs/x', 'get', '/v1/jobs/{id}'],
      [`/v1/jobs/${jobId}`, 'delete', '/v1/jobs/{id}'],
    ] as const) {
      const answer = await gateway.call(path, { method: method.toUpperCase() });
      const described = document.paths[route]![method]!.responses[String(answer.status)];
      expect(described, `${method} ${path} answered ${answer.status}`).toBeDefined();
      const { $ref: reference = '' } = (described!.content?.['application/json']?.schema ?? {}) as { $ref?: string };
      if (answer.status === 204) continue;
      const check = validate(reference.slice(reference.lastIndexOf('/') + 1));
      expect(check(answer.json), `${method} ${path}: ${JSON.stringify(check.errors)}`).toBe(true);
    }
  });
});
