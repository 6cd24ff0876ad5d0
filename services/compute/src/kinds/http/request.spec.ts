import { describe, expect, it, test } from 'vitest';
import { type HttpParams, requestOf } from './request.ts';

const item = {
  id: 7,
  name: 'Zoë & "co"',
  path: '../admin',
  dots: '..',
  url: 'https://api.example/a?b=c',
  deep: [{ x: null }],
  line: 'a\r\nx-evil: 1',
};
const uses = [
  { name: 'API_KEY', host: 'api.example' },
  { name: 'WIDE', host: '*.corp.example' },
];
const made = (params: HttpParams, of: unknown = item) =>
  requestOf(params, { item: of, index: 3, jobId: 'job-1', uses, secret: (name) => `value of ${name}` });
const url = 'https://api.example/';

test('an item is sent as JSON, with a key that is the same each time', () => {
  expect(made({ url })).toEqual({
    url,
    method: 'POST',
    headers: expect.objectContaining({
      'content-type': 'application/json',
      'idempotency-key': 'job-1/3',
      'user-agent': 'manyhands',
    }) as object,
    body: JSON.stringify(item),
  });
  expect(made({ url, method: 'GET' })).not.toHaveProperty('body');
  expect(made({ url, headers: { 'Content-Type': 'text/plain' } }, 'plain').body).toBe('plain');
  expect(made({ url, body: '' }, 'plain').body).toBe('"plain"');
});

describe('placeholders', () => {
  it('in the address are one part of it, but for what begins it', () => {
    expect(made({ url: 'https://api.example/{{item.name}}/{{ item.id }}?at={{index}}&job={{job}}' }).url).toBe(
      'https://api.example/Zo%C3%AB%20%26%20%22co%22/7?at=3&job=job-1',
    );
    expect(made({ url: '{{item.url}}' }).url).toBe(item.url);
    expect(made({ url: '{{item}}/x' }, 'https://a.example').url).toBe('https://a.example/x');
    expect(made({ url: 'https://api.example/{{item.path}}' }).url).toBe('https://api.example/..%2Fadmin');
    expect(() => made({ url: 'https://api.example/{{item.dots}}/x' })).toThrow('would lead to another address');
  });

  it('in a body of JSON are JSON, and in other text text', () => {
    expect(JSON.parse(made({ url, body: '{"n": {{item.name}}, "d": {{item.deep}}, "i": {{index}}}' }).body!)).toEqual({
      n: item.name,
      d: item.deep,
      i: 3,
    });
    expect(made({ url, body: 'id={{item.id}}', headers: { 'content-type': 'application/x-www-form-urlencoded' } }).body).toBe(
      'id=7',
    );
  });

  // Seen: between quotes a value brought quotes of its own, so that the body was no JSON.
  it('between the quotes of JSON are a part of that string, whatever they hold', () => {
    const hostile = [
      '"',
      '\\',
      '\\"',
      '"}, "admin": true, "x": {"',
      'a\r\n\u2028\0',
      '{{item.id}}',
      '\ud800',
      '',
      7,
      -0.5,
      1e21,
      false,
    ];
    for (const value of hostile) {
      const body =
        '{"a": "<{{item.x}}>", "b": "\\\\{{ item.x }}", "c": {{item.x}}, "q": "\\"{{item.x}}\\"", "n{{index}}": {{index}}}';
      const read = JSON.parse(made({ url, body }, { x: value }).body!) as object;
      const text = String(value);
      expect(read).toEqual({ a: `<${text}>`, b: `\\${text}`, c: value, q: `"${text}"`, n3: 3 });
    }
  });

  it('between the quotes of JSON that are no text and no number are refused', () => {
    for (const x of [null, {}, []]) {
      expect(() => made({ url, body: '{"a": "{{item.x}}"}' }, { x })).toThrow('without quotes, may it be anything');
      expect(JSON.parse(made({ url, body: '{"a": {{item.x}}}' }, { x }).body!)).toEqual({ a: x });
    }
  });

  it('none takes long to find, whatever is written', () => {
    const startedAt = performance.now();
    made({ url, body: `{{${'\t'.repeat(100_000)}{${'{'.repeat(100_000)}` });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it.each([
    ['{{item.none}}', 'the item has no none'],
    ['{{item.name.length}}', 'the item has no name.length'],
    ['{{item.constructor}}', 'the item has no constructor'],
    ['{{item.__proto__}}', 'the item has no __proto__'],
    ['{{env.HOME}}', 'is nothing that is known'],
    ['{{item.deep}}', 'is no text and no number'],
    ['{{secret.API_KEY}}', 'may stand in a header only'],
  ])('%s is refused for good: %s', (text, why) => {
    const failing = () => made({ url: `https://api.example/${text}` });
    expect(failing).toThrow(why);
    expect(failing).toThrow(expect.objectContaining({ name: 'ComputeRefused' }));
  });
});

describe('a secret', () => {
  const headers = (name: string) => ({ authorization: `Bearer {{secret.${name}}}` });

  it('is sent to its own host alone', () => {
    expect(made({ url, headers: headers('API_KEY') }).headers['authorization']).toBe('Bearer value of API_KEY');
    expect(made({ url: 'https://a.corp.example:8443/x', headers: headers('WIDE') }).headers['authorization']).toBe(
      'Bearer value of WIDE',
    );
    expect(() => made({ url: 'https://evil.example/', headers: headers('API_KEY') })).toThrow(
      'may not be sent to evil.example; it is for api.example',
    );
    expect(() => made({ url: 'https://api.example@evil.example/', headers: headers('API_KEY') })).toThrow(
      'may not be sent to evil.example',
    );
    expect(() => made({ url: 'https://notcorp.example/', headers: headers('WIDE') })).toThrow('may not be sent');
    expect(() => made({ url: '{{item.url}}', headers: headers('API_KEY') }, { url: 'https://evil.example' })).toThrow(
      'may not be sent',
    );
  });

  it('that the operator does not list is not read', () => {
    expect(() => made({ url, headers: headers('NATS_URL') })).toThrow(
      "the worker's operator can list it in MANYHANDS_HTTP_SECRETS, as NATS_URL@api.example",
    );
  });
});

test.each([
  [{ 'x-a': '{{item.line}}' }, 'one line'],
  [{ 'x-a': 'snow ☃' }, 'one line'],
  [{ 'bad name': 'x' }, 'is no name of a header'],
  [{ Host: 'internal' }, 'the header host is not for a job to set'],
  [{ 'Idempotency-Key': 'x' }, 'not for a job to set'],
  [{ 'Proxy-Authorization': 'x' }, 'not for a job to set'],
  [{ 'Transfer-Encoding': 'chunked' }, 'not for a job to set'],
])('the header %o is refused', (headers, why) => {
  expect(() => made({ url, headers: headers as unknown as Record<string, string> })).toThrow(why);
});
