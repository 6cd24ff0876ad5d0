/**
 * Makes strict JSON Schemas out of those of Kubernetes and of KEDA, for kubeconform: every field that they do not name is refused. Needs Go, whose proxy has both. The tests of
 * the chart run it where kubeconform is there and Go has both modules; kube-programs.sh brings them.
 *
 *   node --conditions=source e2e/deploy/kube-schemas.ts FOLDER
 */
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { goModule, KEDA, KUBERNETES } from './go-module.ts';

/** What the chart makes. */
const kinds = ['Deployment', 'Service', 'PersistentVolumeClaim', 'PodDisruptionBudget', 'Ingress', 'NetworkPolicy'];

type Schema = { [name: string]: unknown };
interface GroupVersionKind {
  group: string;
  version: string;
  kind: string;
}
interface CustomResource {
  spec: {
    group: string;
    names: { kind: string };
    versions: { name: string; schema: { openAPIV3Schema: Schema & { properties: Schema } } }[];
  };
}

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('Which folder? node --conditions=source e2e/deploy/kube-schemas.ts FOLDER');
mkdirSync(folder, { recursive: true });

const { definitions } = JSON.parse(readFileSync(join(goModule(KUBERNETES), 'api/openapi-spec/swagger.json'), 'utf8')) as {
  definitions: Record<string, Schema & { 'x-kubernetes-group-version-kind'?: GroupVersionKind[] }>;
};
for (const [name, definition] of Object.entries(definitions))
  for (const of of definition['x-kubernetes-group-version-kind'] ?? [])
    if (kinds.includes(of.kind) && name.endsWith(`.${of.kind}`)) write(of, strict(inlined(definition, new Set([name]))));

for (const path of globSync('config/crd/bases/*.yaml', { cwd: goModule(KEDA) }))
  for (const document of parseAllDocuments(readFileSync(join(goModule(KEDA), path), 'utf8'))) {
    const { spec } = (document as unknown as { toJS(): CustomResource }).toJS();
    for (const { name: version, schema } of spec.versions) {
      const { openAPIV3Schema: own } = schema;
      write(
        { group: spec.group, version, kind: spec.names.kind },
        strict({ ...own, properties: { ...own.properties, metadata: {} } }),
      );
    }
  }

/** Named as kubeconform asks for it with `{{.ResourceKind}}{{.KindSuffix}}.json`. */
function write({ group, version, kind }: GroupVersionKind, schema: unknown): void {
  const suffix = [group.split('.')[0], version].filter(Boolean).join('-');
  writeFileSync(join(folder!, `${kind.toLowerCase()}-${suffix}.json`), JSON.stringify(schema));
}

/** With every definition it refers to in its place. */
function inlined(node: unknown, within: ReadonlySet<string>): unknown {
  if (Array.isArray(node)) return node.map((one) => inlined(one, within));
  if (typeof node !== 'object' || node === null) return node;
  const reference = (node as { $ref?: unknown }).$ref;
  if (typeof reference !== 'string')
    return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, inlined(value, within)]));
  const name = reference.split('/').at(-1)!;
  if (name.endsWith('.IntOrString')) return { type: ['string', 'integer'] };
  if (name.endsWith('.Quantity')) return { type: ['string', 'number'] };
  return within.has(name) ? {} : inlined(definitions[name], new Set([...within, name]));
}

/** Without room for what is not named. */
function strict(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(strict);
  if (typeof node !== 'object' || node === null) return node;
  if ((node as Schema)['x-kubernetes-int-or-string'] === true) return { type: ['string', 'integer'] };
  const own = Object.fromEntries(Object.entries(node).map(([name, value]) => [name, strict(value)]));
  const isClosed =
    'properties' in own && !('additionalProperties' in own) && own['x-kubernetes-preserve-unknown-fields'] !== true;
  return isClosed && own['type'] === 'object' ? { ...own, additionalProperties: false } : own;
}
