/**
 * Small, medium and large jobs of a kind, to start from.
 *
 * A kind says its own in `params_schema.examples`, from small to large, each optionally with `$chunks`; the kinds that come
 * with Manyhands have theirs here. Any other kind offers its one example.
 */
import type { KindRegistration } from '@manyhands/proto';

export interface Preset {
  name: string;
  params: Record<string, unknown>;
  chunks: number;
}

const sizes = ['Small', 'Medium', 'Large'] as const;

type Size = readonly [params: Record<string, unknown>, chunks: number];

const builtIn: Readonly<Record<string, readonly Size[]>> = {
  primes: [
    [{ n: 1_000_000 }, 8],
    [{ n: 1_000_000_000 }, 64],
    [{ n: 10_000_000_000 }, 1_000],
  ],
  mandelbrot: [
    [{ width: 480, height: 360, zoom: 1, x: -0.5, y: 0, iterations: 500 }, 12],
    [{ width: 1_280, height: 960, zoom: 1, x: -0.5, y: 0, iterations: 500 }, 48],
    [{ width: 4_096, height: 4_096, zoom: 5_000, x: -0.743644786, y: 0.1318252536, iterations: 2_000 }, 1_024],
  ],
  sum: [
    [{ n: 10_000 }, 8],
    [{ n: 1_000_000_000 }, 64],
    [{ n: '1000000000000000000' }, 1_000],
  ],
};

type Registered = Pick<KindRegistration, 'kind' | 'example' | 'default_chunks'> & { params_schema: Record<string, unknown> };

export function presetsOf(kind: Registered): Preset[] {
  const own = builtIn[kind.kind] ?? examplesOf(kind);
  if (own.length < sizes.length) return [{ name: 'Example', params: kind.example, chunks: kind.default_chunks }];
  return sizes.map((name, index) => {
    const [params, chunks] = own[index] ?? [kind.example, kind.default_chunks];
    return { name, params, chunks };
  });
}

function examplesOf({ params_schema: schema, default_chunks: chunks }: Registered): Size[] {
  const examples: unknown = schema['examples'];
  if (!Array.isArray(examples)) return [];
  return examples.filter(isObject).map(({ $chunks: own, ...params }) => [params, typeof own === 'number' ? own : chunks]);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
