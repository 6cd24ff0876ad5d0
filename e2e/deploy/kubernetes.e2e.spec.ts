/**
 * The Helm chart in a real kube-apiserver, with the custom resources of KEDA and of the Prometheus operator: what it refuses, and what stands after install, upgrades, a rollback
 * and uninstall. Skipped by name where a program is missing: e2e/deploy/kube-programs.sh builds helm and kube-apiserver; `apt-get install etcd-server`.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { commandsOf, runInShell } from '../operations/nats-cli.ts';
import { copyChart, programIn, valueSets } from './chart.ts';
import { goModule, KEDA, PROMETHEUS_OPERATOR } from './go-module.ts';
import { startKubernetes, type Kubernetes } from './kubernetes.ts';

const helm = programIn('helm');
const etcd = programIn('etcd');
const apiServer = programIn('kube-apiserver');
const hasAll = helm !== undefined && etcd !== undefined && apiServer !== undefined && programIn('go') !== undefined;

const plurals: Readonly<Record<string, string>> = {
  Deployment: 'deployments',
  Service: 'services',
  PersistentVolumeClaim: 'persistentvolumeclaims',
  PodDisruptionBudget: 'poddisruptionbudgets',
  Ingress: 'ingresses',
  NetworkPolicy: 'networkpolicies',
  ScaledObject: 'scaledobjects',
  PodMonitor: 'podmonitors',
};
const versions: Readonly<Record<string, string>> = {
  Deployment: 'apps/v1',
  Service: 'v1',
  PersistentVolumeClaim: 'v1',
  PodDisruptionBudget: 'policy/v1',
  Ingress: 'networking.k8s.io/v1',
  NetworkPolicy: 'networking.k8s.io/v1',
  ScaledObject: 'keda.sh/v1alpha1',
  PodMonitor: 'monitoring.coreos.com/v1',
};

interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; labels: Record<string, string>; deletionTimestamp?: string };
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- of as many shapes as there are kinds
  spec: any;
}

describe.skipIf(!hasAll)('the Helm chart in Kubernetes (skipped where a program of it is missing)', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'deploy-kubernetes-'));
  const chart = join(scratch, 'manyhands');
  let kubernetes: Kubernetes;

  beforeAll(async () => {
    copyChart(chart);
    kubernetes = await startKubernetes({ etcd: etcd!, apiServer: apiServer! });
    for (const [module, file] of [
      [KEDA, 'config/crd/bases/keda.sh_scaledobjects.yaml'],
      [PROMETHEUS_OPERATOR, 'example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml'],
    ] as const) {
      const definition = readFileSync(join(goModule(module), file), 'utf8');
      const { status, json } = await kubernetes.call(
        'POST',
        '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
        definition,
      );
      expect(status, JSON.stringify(json)).toBe(201);
    }
    await vi.waitFor(
      async () => {
        for (const kind of ['ScaledObject', 'PodMonitor']) expect((await kubernetes.call('GET', pathOf(kind))).status).toBe(200);
      },
      { timeout: 30_000, interval: 100 },
    );
  });
  afterAll(async () => {
    await kubernetes?.stop();
    rmSync(scratch, { recursive: true, force: true });
  });

  function run(...given: string[]): string {
    const env = { ...process.env, HELM_CACHE_HOME: scratch, HELM_CONFIG_HOME: scratch, HELM_DATA_HOME: scratch };
    const all = [...given, '--kubeconfig', kubernetes.kubeconfig, '--namespace', 'default'];
    const { status, stdout, stderr } = spawnSync(helm!, all, { encoding: 'utf8', env });
    expect(status, stderr).toBe(0);
    return stdout;
  }

  const valuesOf = (set: string): string[] => (set === '' ? [] : ['--values', join(chart, set)]);

  function manifests(set: string, ...more: string[]): Manifest[] {
    const text = run('template', 'mh', chart, '--kube-version', '1.36.3', ...valuesOf(set), ...more);
    return parseAllDocuments(text)
      .map((document) => (document as unknown as { toJS(): Manifest | null }).toJS())
      .filter((one) => one !== null);
  }

  const tryOut = ({ kind, ...rest }: Manifest) =>
    kubernetes.call('POST', `${pathOf(kind)}?dryRun=All&fieldValidation=Strict`, JSON.stringify({ kind, ...rest }));

  /** What is there of the release, by kind and name, without what is being deleted. */
  async function standing(): Promise<Map<string, Manifest>> {
    const found = new Map<string, Manifest>();
    for (const kind of Object.keys(plurals)) {
      const { status, json } = await kubernetes.call('GET', `${pathOf(kind)}?labelSelector=app.kubernetes.io%2Finstance%3Dmh`);
      expect(status, kind).toBe(200);
      for (const one of json.items as Manifest[])
        if (one.metadata.deletionTimestamp === undefined) found.set(`${kind} ${one.metadata.name}`, one);
    }
    return found;
  }

  async function expectStanding(wanted: readonly Manifest[]): Promise<void> {
    const found = await standing();
    expect([...found.keys()].sort()).toEqual(wanted.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort());
    for (const { kind, metadata, spec } of wanted)
      expect(found.get(`${kind} ${metadata.name}`), metadata.name).toMatchObject(
        withoutNothing({ metadata: { labels: metadata.labels }, spec }) as object,
      );
  }

  /** What the controllers of a cluster do when no pod uses a volume any more. */
  async function releaseVolumes(): Promise<void> {
    const { json } = await kubernetes.call('GET', pathOf('PersistentVolumeClaim'));
    for (const { metadata } of json.items as Manifest[])
      if (metadata.deletionTimestamp !== undefined)
        await kubernetes.call(
          'PATCH',
          `${pathOf('PersistentVolumeClaim')}/${metadata.name}`,
          JSON.stringify({ metadata: { finalizers: null } }),
        );
  }

  it.each(valueSets)('all that it makes is taken, and no field of it is unknown (%s)', async (set) => {
    for (const manifest of manifests(set)) {
      const { status, json } = await tryOut(manifest);
      expect([manifest.kind, manifest.metadata.name, status, json.message]).toEqual([
        manifest.kind,
        manifest.metadata.name,
        201,
        undefined,
      ]);
    }
  });

  it.each([
    ['an amount that is none', 'Deployment', (spec) => (spec.template.spec.containers[0].resources.requests.cpu = 'lots')],
    ['a time below nothing', 'Deployment', (spec) => (spec.minReadySeconds = -1)],
    ['a field that is misspelt', 'Deployment', (spec) => (spec.template.spec.terminationGracePeriod = 1)],
    ['a port that has no name', 'Deployment', (spec) => (spec.template.spec.containers[0].livenessProbe.httpGet.port = '')],
    ['a name of a host that is none', 'Ingress', (spec) => (spec.rules[0].host = 'Bad_Host')],
    ['a threshold that is a number', 'ScaledObject', (spec) => (spec.triggers[0].metadata.threshold = 100)],
  ] as [string, string, (spec: Manifest['spec']) => unknown][])('%s is refused', async (_, kind, spoil) => {
    const all = [...manifests('ci/fleet.yaml'), ...manifests('ci/own-nats.yaml')];
    const spoiled = structuredClone(all.find((one) => one.kind === kind)!);
    spoil(spoiled.spec);
    const { status } = await tryOut(spoiled);
    expect([400, 422]).toContain(status);
  });

  it(
    'install, upgrades to each set of values, rollback and uninstall: after each there is what it makes, and nothing else',
    { timeout: 180_000 },
    async () => {
      run('install', 'mh', chart);
      await expectStanding(manifests(''));
      for (const set of valueSets.slice(1)) {
        run('upgrade', 'mh', chart, ...valuesOf(set));
        await expectStanding(manifests(set));
        await releaseVolumes();
      }

      // A fleet that KEDA has enlarged stays as large through a new image.
      run('upgrade', 'mh', chart, ...valuesOf('ci/fleet.yaml'));
      const workers = `${pathOf('Deployment')}/mh-manyhands-workers`;
      // As values.yaml warns: until KEDA adds to it.
      expect((await kubernetes.call('GET', workers)).json.spec.replicas).toBe(1);
      expect((await kubernetes.call('PATCH', `${workers}/scale`, '{"spec":{"replicas":7}}')).status).toBe(200);
      run('upgrade', 'mh', chart, ...valuesOf('ci/fleet.yaml'), '--set', 'image.tag=next');
      await expectStanding(manifests('ci/fleet.yaml', '--set', 'image.tag=next'));
      expect((await kubernetes.call('GET', workers)).json.spec).toMatchObject({
        replicas: 7,
        template: { spec: { containers: [{ image: 'manyhands/manyhands:next' }] } },
      });
      await releaseVolumes();

      run('rollback', 'mh', '1');
      await expectStanding(manifests(''));

      run('uninstall', 'mh');
      expect([...(await standing()).keys()]).toEqual([]);
    },
  );

  it('by the commands of our guide no service runs for a backup, and all of them as before when it is over', async () => {
    const host = join(scratch, 'host');
    mkdirSync(join(host, 'deploy/helm'), { recursive: true });
    copyChart(join(host, 'deploy/helm/manyhands'));
    const program = (name: string, text: string): void =>
      writeFileSync(join(host, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    program('helm', `exec ${helm} "$@" --kubeconfig ${kubernetes.kubeconfig} --namespace default`);
    // No pod runs here that it could wait for or reach.
    program('kubectl', 'exit 0');
    const env = {
      PATH: `${host}:${process.env['PATH']}`,
      HELM_CACHE_HOME: scratch,
      HELM_CONFIG_HOME: scratch,
      HELM_DATA_HOME: scratch,
    };
    const type = async (what: string): Promise<void> => {
      const { text } = commandsOf('disaster-recovery.md').find((block) => block.what === what)!;
      await runInShell(`PATH=${env.PATH}\n${text}`, { cwd: host, env });
    };
    const replicas = async (): Promise<Record<string, number>> => {
      const { json } = await kubernetes.call(
        'GET',
        `${pathOf('Deployment')}?labelSelector=app.kubernetes.io%2Finstance%3Dmanyhands`,
      );
      return Object.fromEntries((json.items as Manifest[]).map(({ metadata, spec }) => [metadata.name, spec.replicas]));
    };
    run('install', 'manyhands', chart, '--values', join(chart, 'ci/own-nats.yaml'), '--set', 'gateway.replicas=3');
    const before = await replicas();
    expect(before).toEqual({
      'manyhands-gateway': 3,
      'manyhands-coordinator': 2,
      'manyhands-metrics': 1,
      'manyhands-workers': 2,
    });
    await type('kubernetes_stop');
    const none = Object.fromEntries(Object.keys(before).map((name) => [name, 0]));
    expect(await replicas()).toEqual({ ...none, 'manyhands-maintenance': 1 });
    await type('kubernetes_start');
    expect(await replicas()).toEqual(before);
    run('uninstall', 'manyhands');
  });
});

function pathOf(kind: string): string {
  const version = versions[kind]!;
  return `/${version === 'v1' ? 'api' : 'apis'}/${version}/namespaces/default/${plurals[kind]}`;
}

/** Kubernetes keeps no field that is empty. */
function withoutNothing(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutNothing);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node)
      .filter(([, value]) => value !== '' && value !== null && !(Array.isArray(value) && value.length === 0))
      .map(([name, value]) => [name, withoutNothing(value)]),
  );
}
