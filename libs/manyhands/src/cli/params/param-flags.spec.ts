import { expect, it } from 'vitest';
import { flagRows, paramsFromFlags, type JsonSchema } from './param-flags.ts';

const schema: JsonSchema = {
  type: 'object',
  properties: {
    width: { type: 'integer', description: 'In pixels.', default: 320 },
    minLength: { type: 'number' },
    words: { type: 'array', items: { type: 'string' } },
    sizes: { type: 'array', items: { type: 'integer' } },
    deep: { type: 'boolean' },
    title: { type: 'string' },
    until: { type: ['integer', 'string'] },
    format: { enum: ['webp', 'png'] },
    place: { type: 'object' },
    rate: { anyOf: [{ type: 'number' }, { type: 'null' }] },
  },
  required: ['title'],
  additionalProperties: false,
};
const read = (...tokens: string[]) => paramsFromFlags(tokens, schema, 'thumbnails');

it('each value has the type that the schema names', () => {
  expect(read('--width', '640', '--min-length=1.5', '--title', '42', '--format', 'png')).toEqual({
    width: 640,
    minLength: 1.5,
    title: '42',
    format: 'png',
  });
  expect(read('--width', '1e9')).toEqual({ width: 1e9 });
  expect(read('--width', '1_000_000')).toEqual({ width: 1_000_000 });
  expect(read('--width=-3', '--rate', 'null')).toEqual({ width: -3, rate: null });
  expect(read('--place', '{"a":[1]}')).toEqual({ place: { a: [1] } });
});

it('a whole number that JavaScript cannot hold stays a text where the schema takes one', () => {
  expect(read('--until', '100000000000000000001')).toEqual({ until: '100000000000000000001' });
  expect(read('--until', '100')).toEqual({ until: 100 });
  expect(read('--until', '1_000_000_000_000_000_000_000')).toEqual({ until: '1000000000000000000000' });
  expect(read('--until', '1e18')).toEqual({ until: '1000000000000000000' });
  expect(read('--until', '-2.5e20')).toEqual({ until: '-250000000000000000000' });
});

it('a number that would become another one is refused where the schema takes no text', () => {
  const rounded = '--width: 9007199254740993 would be rounded to 9007199254740992; send it as a string';
  expect(() => read('--width', '9007199254740993')).toThrow(rounded);
  expect(() => read('--sizes', '[1,9007199254740993]')).toThrow('--sizes: 9007199254740993 would be rounded');
  expect(() => read('--place', '{"seed":12345678901234567890}')).toThrow('--place: 12345678901234567890 would be rounded');
  expect(() => read('--min-length', '1e400')).toThrow('--min-length: 1e400 is beyond 1.8e308');
  expect(() => paramsFromFlags(['--id', '9007199254740993'], {}, 'any')).toThrow('--id: 9007199254740993 would be rounded');
  expect(read('--width', '9007199254740991', '--min-length', '-.5')).toEqual({ width: 9_007_199_254_740_991, minLength: -0.5 });
  expect(paramsFromFlags(['--a', '+', '--b', 'e5'], {}, 'any')).toEqual({ a: '+', b: 'e5' });
});

it('a switch needs no value, takes one, and can be turned off', () => {
  expect(read('--deep', '--title', 'a')).toEqual({ deep: true, title: 'a' });
  expect(read('--deep', 'false')).toEqual({ deep: false });
  expect(read('--no-deep')).toEqual({ deep: false });
  expect(read('--deep=true')).toEqual({ deep: true });
});

it('a list is given item by item, or at once', () => {
  expect(read('--words', 'many', '--words', 'hands')).toEqual({ words: ['many', 'hands'] });
  expect(read('--words', '["a","b"]')).toEqual({ words: ['a', 'b'] });
  expect(read('--sizes', '1', '--sizes', '2')).toEqual({ sizes: [1, 2] });
});

it('what the kind does not take is a sentence that names what it takes', () => {
  const takes =
    'It takes --width, --min-length, --words, --sizes, --deep, --title, --until, --format, --place, --rate; "manyhands kinds show thumbnails" describes them.';
  expect(() => read('--widht', '3')).toThrow(`thumbnails has no parameter --widht. ${takes}`);
  expect(() => read('more')).toThrow(`"more" is no option of thumbnails. ${takes}`);
  expect(() => read('--width')).toThrow(`--width needs a value. ${takes}`);
  expect(() => read('--width', 'wide')).toThrow('--width must be of the type integer (it is "wide").');
  expect(() => read('--place', '{a}')).toThrow('--place is not valid JSON');
});

it('a kind that takes any object gets what looks like a number as one', () => {
  expect(paramsFromFlags(['--n', '5', '--name', 'x', '--on', 'true', '--list', '[1]'], {}, 'any')).toEqual({
    n: 5,
    name: 'x',
    on: true,
    list: [1],
  });
});

it('help has a row for each field', () => {
  expect(flagRows(schema).slice(0, 3)).toEqual([
    ['--width <integer>', 'In pixels. (default 320)'],
    ['--min-length <number>', ''],
    ['--words <array>', '(may be given several times)'],
  ]);
  expect(flagRows(schema)).toContainEqual(['--title <string>', '(required)']);
  expect(flagRows(schema)).toContainEqual(['--format <webp|png>', '']);
});
