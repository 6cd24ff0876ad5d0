/**
 * The Helm chart: what it makes of each set of values in `ci/`, against what the services read and need. With helm in the PATH or among Go's programs
 * (e2e/deploy/kube-programs.sh --chart); skipped by name without it. What else its strict schemas need: kube-schemas.ts.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { reservedBytes } from '@manyhands/proto';
import { SETTINGS, settingsOf, type Reader } from '@manyhands/proto/settings';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { memoryMibOf } from '@manyhands/worker';
import { repository } from '../fixture/system.ts';
import { chartSource, copyChart, programIn, valueSets as sets } from './chart.ts';
import { hasGoModule, KEDA, KUBERNETES } from './go-module.ts';

const helm = programIn('helm');
const kubeconform = programIn('kubeconform');
const promtool = programIn('promtool');
const scratch = mkdtempSync(join(tmpdir(), 'deploy-chart-'));
const chart = join(scratch, 'manyhands');
const schemas = join(scratch, 'schemas');
const hasSchemas = kubeconform !== undefined && [KUBERNETES, KEDA].every(hasGoModule);
/** Without a word of its own, helm built by hand takes itself for a Kubernetes of years ago. */
const kubeVersion = '1.34.0';
/** What a drain takes at most beside `MANYHANDS_DRAIN_WITHIN`, in seconds. */
const DRAIN_SEC = 10;
const gib = 1024 ** 3;

interface Container {
  image: string;
  command: string[];
  env: { name: string; value: string; valueFrom?: { secretKeyRef: { name: string; key: string } } }[];
  envFrom?: object[];
  securityContext: object;
  resources: { requests: Record<string, string>; limits: Record<string, string> };
  livenessProbe: { httpGet: { path: string; port: string } };
  readinessProbe: { httpGet: { path: string; port: string } };
  ports: { name: string; containerPort: number }[];
  volumeMounts?: object[];
}
interface Manifest {
  kind: string;
  data?: Record<string, string>;
  metadata: { name: string; labels: Record<string, string>; annotations?: Record<string, string> };
  spec: {
    replicas?: number;
    template: {
      metadata: { labels: Record<string, string> };
      spec: {
        containers: Container[];
        initContainers?: Container[];
        volumes?: object[];
        securityContext: object;
        terminationGracePeriodSeconds: number;
      };
    };
    selector: { matchLabels: Record<string, string> };
    triggers?: { metadata: Record<string, string> }[];
    podMetricsEndpoints?: { port: string }[];
  };
}

beforeAll(() => copyChart(chart));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const skipped = helm === undefined ? ' (skipped: helm is not installed: e2e/deploy/kube-programs.sh --chart)' : '';

describe.skipIf(helm === undefined)(`the Helm chart${skipped}`, () => {
  it.each(sets)('has nothing that helm finds fault with (%s)', (set) => {
    const { status, stdout, stderr } = run('lint', chart, '--strict', '--kube-version', kubeVersion, ...valuesOf(set));
    expect(status, stdout + stderr).toBe(0);
  });

  it.each(sets)('gives each service what it reads, and nothing that it does not (%s)', (set) => {
    for (const [service, container] of containersOf(manifests(set))) {
      const environment = envOf(container);
      const wrong = Object.keys(environment).filter(
        (name) => !(SETTINGS[name as keyof typeof SETTINGS]?.readers as readonly string[] | undefined)?.includes(service),
      );
      expect(wrong, service).toEqual([]);
      expect(() => settingsOf(service, { HOST: '0.0.0.0', ...environment }), service).not.toThrow();
      expect(environment['NATS_URL'] !== undefined || container.envFrom !== undefined, service).toBe(true);
    }
  });

  it.each(sets)('runs everything hardened and bounded, with time enough to drain (%s)', (set) => {
    for (const { metadata, spec } of manifests(set).filter(isDeployment)) {
      const { containers, securityContext, terminationGracePeriodSeconds: grace } = spec.template.spec;
      expect(securityContext, metadata.name).toMatchObject({ runAsNonRoot: true, runAsUser: 10001 });
      for (const container of containers) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(container.image).toMatch(/:[\w.-]+$/);
        expect(container.image).not.toMatch(/:latest$/);
        expect(Object.keys(container.resources.requests).sort()).toEqual(['cpu', 'memory']);
        expect(Object.keys(container.resources.limits)).toEqual(['memory']);
        if (container.command[0] !== 'node') continue;
        const within = Number(container.env.find(({ name }) => name === 'MANYHANDS_DRAIN_WITHIN')?.value ?? 0);
        expect(grace, metadata.name).toBeGreaterThan(within + DRAIN_SEC);
        const ports = container.ports.map(({ name }) => name);
        for (const probe of [container.livenessProbe, container.readinessProbe]) expect(ports).toContain(probe.httpGet.port);
        expect(ports, metadata.name).toContain('health');
        expect(container.livenessProbe.httpGet.path).toBe('/healthz');
      }
      const { labels } = spec.template.metadata;
      for (const [name, value] of Object.entries(spec.selector.matchLabels)) expect(labels[name]).toBe(value);
    }
  });

  it.each(sets)('makes no secret, no job and no hook, and names each object once (%s)', (set) => {
    const all = manifests(set);
    expect(all.filter(({ kind }) => kind === 'Secret' || kind === 'Job')).toEqual([]);
    expect(all.filter(({ metadata }) => Object.keys(metadata.annotations ?? {}).some((name) => name.includes('/hook')))).toEqual(
      [],
    );
    const names = all.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(names).toEqual([...new Set(names)]);
  });

  it('gives each service its own key alone, and what provides the streams one before coordinators start', () => {
    const keyOf = ({ env }: Container) =>
      env.filter(({ valueFrom }) => valueFrom).map(({ name, valueFrom }) => ({ name, ...valueFrom }));
    const key = (of: string) => [
      { name: 'MANYHANDS_NATS_NKEY', secretKeyRef: { name: 'manyhands-nats-keys', key: `${of}.nkey` } },
    ];
    const all = manifests('ci/keys.yaml');
    const services = containersOf(all);
    expect([...new Set(services.map(([service]) => service))].sort()).toEqual(['compute', 'coordinator', 'gateway', 'metrics']);
    for (const [service, container] of services) expect([service, keyOf(container)]).toEqual([service, key(service)]);
    const [provision, ...others] = all.filter(isDeployment).flatMap(({ spec }) => spec.template.spec.initContainers ?? []);
    expect(others).toEqual([]);
    expect(provision!.command).toEqual(['node', 'services/coordinator/dist/provision/main.js']);
    expect(keyOf(provision!)).toEqual(key('provision'));
    expect(provision!.securityContext).toMatchObject({ readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } });
    expect(() => settingsOf('coordinator', envOf(provision!))).not.toThrow();
    for (const set of sets.filter((one) => one !== 'ci/keys.yaml'))
      expect(
        manifests(set)
          .filter(isDeployment)
          .flatMap(({ spec }) => spec.template.spec.initContainers ?? []),
        set,
      ).toEqual([]);
  });

  it('keeps the history in a database whose address metrics alone is given, and then makes no volume', () => {
    const all = manifests('ci/database.yaml');
    const address = { name: 'DATABASE_URL', valueFrom: { secretKeyRef: { name: 'manyhands-database', key: 'DATABASE_URL' } } };
    for (const [service, { env }] of containersOf(all))
      expect([service, env.filter(({ valueFrom }) => valueFrom)]).toEqual([service, service === 'metrics' ? [address] : []]);
    expect(all.map(({ kind }) => kind)).not.toContain('PersistentVolumeClaim');
    expect(kindsOf('')).toContain('PersistentVolumeClaim');
    const metrics = all.find((one) => isDeployment(one) && one.metadata.name.endsWith('-metrics'))!;
    expect(metrics.spec).toMatchObject({ replicas: 2, strategy: { rollingUpdate: { maxUnavailable: 0 } } });
  });

  // Seen: no certificate, no .creds and no secret in a file could be given to the services.
  it('shows each service the files of a Secret, beside what else it has, and none without', () => {
    const pods = (set: string) =>
      manifests(set)
        .filter(isDeployment)
        .map(({ spec }) => spec.template.spec);
    for (const { volumes, containers, initContainers = [] } of pods('ci/own-nats.yaml')) {
      expect(volumes).toContainEqual({ name: 'files', secret: { secretName: 'manyhands-files' } });
      for (const { volumeMounts } of [...containers, ...initContainers])
        expect(volumeMounts).toContainEqual({ name: 'files', mountPath: '/etc/manyhands', readOnly: true });
    }
    const more = pods('').flatMap(({ volumes = [], containers }) => [
      ...volumes,
      ...containers.flatMap(({ volumeMounts = [] }) => volumeMounts),
    ]);
    expect(more).toEqual([
      { name: 'history', persistentVolumeClaim: { claimName: 'mh-manyhands-metrics' } },
      { name: 'history', mountPath: '/data' },
    ]);
  });

  it('runs no service for a backup or a restore, but one pod that has the history, where that is a file', () => {
    const pods = manifests('ci/maintenance.yaml').filter(isDeployment);
    const [maintenance, ...services] = pods.toSorted((one) => (one.metadata.name.endsWith('-maintenance') ? -1 : 0));
    expect(services.map(({ spec }) => spec.replicas)).toEqual(Array(5).fill(0));
    expect(kindsOf('ci/maintenance.yaml')).not.toContain('ScaledObject');
    const { containers, volumes } = maintenance!.spec.template.spec;
    expect(volumes).toEqual([{ name: 'history', persistentVolumeClaim: { claimName: 'mh-manyhands-metrics' } }]);
    expect(containers).toMatchObject([{ image: containersOf(services)[0]![1].image, command: ['sleep', 'infinity'] }]);
    expect(containers[0]!.volumeMounts).toEqual([{ name: 'history', mountPath: '/data' }]);
    for (const set of sets.filter((one) => one !== 'ci/maintenance.yaml'))
      expect(
        manifests(set).map(({ metadata }) => metadata.name),
        set,
      ).not.toContain('mh-manyhands-maintenance');
    const values = ['--kube-version', kubeVersion, ...valuesOf('ci/database.yaml'), '--set', 'maintenance=true'];
    const inDatabase = documentsIn(run('template', 'mh', chart, ...values)).filter(isDeployment);
    expect(inDatabase.map(({ spec }) => spec.replicas)).toEqual([0, 0, 0, 0]);
  });

  it('holds up no draining of a node: a budget only where there is more than one', () => {
    expect(kindsOf('ci/one-server.yaml')).not.toContain('PodDisruptionBudget');
    expect(manifests('').filter(({ kind }) => kind === 'PodDisruptionBudget')).toHaveLength(2);
  });

  it('scales each group by the chunks that are left of its kinds, and leaves the count of pods to KEDA', () => {
    const fleet = manifests('ci/fleet.yaml');
    const own = 'job="default/mh-manyhands"';
    // Two metrics processes state the same number: added up, they would have twice as many pods as there is work for.
    expect(queriesOf(fleet)).toEqual([
      `sum(max by (kind) (manyhands_chunks_left{${own},kind!~"thumbnails|transcode"})) or 0 * max(manyhands_workers{${own}})`,
      `sum(max by (kind) (manyhands_chunks_left{${own},kind=~"thumbnails|transcode"})) or 0 * max(manyhands_workers{${own}})`,
    ]);
    const workers = fleet.filter((one) => isDeployment(one) && one.metadata.labels['app.kubernetes.io/component'] === 'compute');
    expect(workers.map(({ spec }) => spec.replicas)).toEqual([undefined, undefined]);
  });

  // Seen: a group that states no kinds was scaled by chunks of which it could compute none, because only the image of another group has their kind.
  it.each([
    ['of the same image and modules', {}, ''],
    ['of another image', { image: 'media:7' }, ',kind!~"resize|transcode"'],
    ['of modules of its own', { kindModules: ['kinds/*.js'] }, ',kind!~"resize|transcode"'],
  ])('a group without kinds is scaled by what it has: kinds of a group %s', (_, other, wanted) => {
    const file = join(scratch, 'groups.yaml');
    const scaled = { autoscaling: { enabled: true } };
    const groups = [
      { name: 'all', ...scaled },
      { name: 'media', kinds: ['transcode', 'resize'], ...other },
    ];
    writeFileSync(file, JSON.stringify({ prometheusUrl: 'http://p', podMonitor: { enabled: true }, workers: groups }));
    const all = documentsIn(run('template', 'mh', chart, '--kube-version', kubeVersion, '--values', file));
    expect(queriesOf(all)[0]).toContain(`manyhands_chunks_left{job="default/mh-manyhands"${wanted}}`);
  });

  // Seen: workers of one release were scaled by the chunks of another, and all were taken away while Prometheus knew nothing of the chunks.
  it.skipIf(promtool === undefined)(
    'scales by the work of its own release, and not at all while there are no figures, by promtool',
    () => {
      const fleet = manifests('ci/fleet.yaml');
      const triggers = fleet.filter(({ kind }) => kind === 'ScaledObject').map(({ spec }) => spec.triggers![0]!.metadata);
      for (const trigger of triggers) expect(trigger).toMatchObject({ ignoreNullValues: 'false' });
      const series = (name: string, labels: string, value: number) => ({
        series: `manyhands_${name}{job="default/mh-manyhands",${labels}}`,
        values: `${value}x9`,
      });
      const workers = [series('workers', 'pod="1"', 3), series('workers', 'pod="2"', 3)];
      const chunks = [series('chunks_left', 'pod="1",kind="sum"', 700), series('chunks_left', 'pod="2",kind="sum"', 700)];
      const others = [{ series: 'manyhands_chunks_left{job="staging/mh-manyhands",kind="sum"}', values: '90000x9' }];
      // Of a group of another image: these pods do not have that kind.
      workers.push(series('chunks_left', 'pod="1",kind="transcode"', 5_000));
      const asked = (input: object[], samples: object[]) => ({
        input_series: [...others, ...input],
        promql_expr_test: [{ expr: triggers[0]!['query'], eval_time: '5m', exp_samples: samples }],
      });
      const tests = [asked([...workers, ...chunks], [{ value: 700 }]), asked(workers, [{ value: 0 }]), asked([], [])];
      const file = join(scratch, 'queries.yaml');
      writeFileSync(file, JSON.stringify({ tests }));
      const { status, stdout, stderr } = spawnSync(promtool!, ['test', 'rules', file], { encoding: 'utf8' });
      expect(status, stdout + stderr).toBe(0);
    },
  );

  it('asks KEDA for no window that Kubernetes refuses', () => {
    const given = ['--set', 'workerDefaults.autoscaling.cooldownSeconds=7200'];
    const all = documentsIn(run('template', 'mh', chart, '--kube-version', kubeVersion, ...valuesOf('ci/fleet.yaml'), ...given));
    const [first] = all.filter(({ kind }) => kind === 'ScaledObject');
    expect(first!.spec).toMatchObject({
      cooldownPeriod: 7_200,
      advanced: { horizontalPodAutoscalerConfig: { behavior: { scaleDown: { stabilizationWindowSeconds: 3_600 } } } },
    });
  });

  it('has Prometheus ask each service of ours at the port where no one signs in, gateways too', () => {
    const fleet = manifests('ci/fleet.yaml');
    const monitor = fleet.find(({ kind }) => kind === 'PodMonitor')!.spec;
    expect(monitor.podMetricsEndpoints).toEqual([{ port: 'health', path: '/metrics' }]);
    expect(monitor.selector).toEqual({
      matchLabels: { 'app.kubernetes.io/name': 'manyhands', 'app.kubernetes.io/instance': 'mh' },
    });
    for (const [service, container] of containersOf(fleet)) {
      const { containerPort } = container.ports.find(({ name }) => name === 'health')!;
      expect([service, envOf(container)['HEALTH_PORT']]).toEqual([service, String(containerPort)]);
    }
  });

  // Seen: a Secret of other settings than NATS_URL left all services at 127.0.0.1.
  it.each([
    [[], 'nats://mh-nats:4222'],
    [['--set', 'nats.enabled=false', '--set', 'natsUrl=tls://nats.example:4222'], 'tls://nats.example:4222'],
  ])('a Secret without an address of NATS leaves the one there is, and one that has it goes before (%o)', (given, address) => {
    const all = documentsIn(
      run('template', 'mh', chart, '--kube-version', kubeVersion, '--set', 'existingSecret=mine', ...given),
    );
    const [map, ...others] = all.filter(({ kind }) => kind === 'ConfigMap');
    expect([map!.data, others]).toEqual([{ NATS_URL: address }, []]);
    for (const [service, { envFrom, env }] of containersOf(all)) {
      expect([service, envFrom]).toEqual([
        service,
        [{ configMapRef: { name: map!.metadata.name } }, { secretRef: { name: 'mine' } }],
      ]);
      expect(env.map(({ name }) => name)).not.toContain('NATS_URL');
    }
  });

  // Seen: services looked for a NATS that had another name, and its policy was about no pod.
  it.each([
    ['nats.fullnameOverride=queue', 'nats://queue:4222', 'nats'],
    ['nats.nameOverride=bus', 'nats://mh-bus:4222', 'bus'],
  ])('finds the NATS of the release where its chart is given another name (%s)', (given, address, label) => {
    const all = documentsIn(run('template', 'mh', chart, '--kube-version', kubeVersion, '--set', given));
    expect([...new Set(containersOf(all).map(([, container]) => envOf(container)['NATS_URL']))]).toEqual([address]);
    const policy = all.find(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name.endsWith('-nats'))!;
    expect(policy.spec).toMatchObject({ podSelector: { matchLabels: { 'app.kubernetes.io/name': label } } });
  });

  // Seen: a second mount for its reloader, to which the official chart gives each mount of the server below /etc, was refused by Kubernetes.
  it('has the public half of the keys mounted once', () => {
    const { nats } = parse(readFileSync(join(chartSource, 'ci/keys.yaml'), 'utf8')) as { nats: object };
    expect(Object.keys(nats)).toEqual(['config', 'container', 'podTemplate']);
  });

  // Seen: helm made 2e+06 of it, and no gateway started.
  it('a number in the values is the same number in the environment', () => {
    const file = join(scratch, 'numbers.yaml');
    writeFileSync(
      file,
      'storageGb: 1000000\nnatsUrl: nats://n:4222\nnats: { enabled: false }\ngateway: { env: { MANYHANDS_QUOTA_CHUNKS: 2000000, AUTH_REGISTRATION: "off" } }\n',
    );
    const values = ['--values', file, '--set', 'retentionHours=48'];
    const all = documentsIn(run('template', 'mh', chart, '--kube-version', kubeVersion, ...values));
    const [, gateway] = containersOf(all).find(([service]) => service === 'gateway')!;
    expect(envOf(gateway)).toMatchObject({
      MANYHANDS_QUOTA_CHUNKS: '2000000',
      AUTH_REGISTRATION: 'off',
      MANYHANDS_STORAGE_GB: '1000000',
      MANYHANDS_RETENTION_HOURS: '48',
    });
  });

  it('has room in NATS for what the streams reserve, on the disk it asks for', () => {
    const { nats, storageGb } = parse(readFileSync(join(chartSource, 'values.yaml'), 'utf8')) as {
      storageGb: number;
      nats: { config: { jetstream: { fileStore: { pvc: { size: string } }; merge: { max_file_store: string } } } };
    };
    const most = Number(/(\d+)GB/.exec(nats.config.jetstream.merge.max_file_store)![1]) * gib;
    const disk = Number(/(\d+)Gi/.exec(nats.config.jetstream.fileStore.pvc.size)![1]) * gib;
    expect(most).toBeGreaterThan(reservedBytes(storageGb));
    expect(disk).toBeGreaterThan(most);
  });

  it.each([
    [['--set', 'replicas=2'], 'replicas'],
    [['--set', 'gatway.replicas=2'], 'gatway'],
    [['--set', 'gateway.replicas=0'], 'gateway'],
    [['--set', 'nats.enabled=false'], 'Which NATS? Set nats.enabled=true, or natsUrl, or existingSecret'],
    [['--set', 'ingress.enabled=true'], 'ingress.host is needed'],
    [['--set', 'workerDefaults.autoscaling.enabled=true'], 'prometheusUrl is needed'],
    [['--set', 'metrics.replicas=2'], 'metrics.replicas above 1 needs metrics.databaseSecret'],
    [['--set', 'workers[0].name=a', '--set', 'workers[1].name=a'], 'Two groups of workers are called a'],
    [['--set', 'workers[0].name=gateway'], '/workers/0/name'],
    [['--set', 'gateway.env.PORT=9000'], "invalid propertyName 'PORT'"],
    [['--set', 'nats.config.cluster.enabled=false'], 'replicas=3 are more copies than there are NATS servers (1)'],
    [['--set', 'ingress.enabled=true', '--set', 'ingress.host=https://a.example'], '/ingress/host'],
    // Seen: NATS refused its streams, and each coordinator ended, again and again.
    [['--set', 'storageGb=35'], 'storageGb=35 is more than NATS may store (22 GB)'],
    [['--set', 'nats.config.jetstream.fileStore.pvc.size=10Gi'], 'NATS may store 22 GB'],
    // Seen: workers were killed amidst the drain that was asked for; services changed the limits of streams back and forth; Kubernetes refused what is no text.
    [['--set', 'workerDefaults.env.MANYHANDS_DRAIN_WITHIN=600'], "invalid propertyName 'MANYHANDS_DRAIN_WITHIN'"],
    [['--set', 'env.MANYHANDS_DRAIN_WITHIN=600'], "invalid propertyName 'MANYHANDS_DRAIN_WITHIN'"],
    [['--set', 'coordinator.env.MANYHANDS_STORAGE_GB=5'], "invalid propertyName 'MANYHANDS_STORAGE_GB'"],
    [['--set', 'podAnnotations.scrape=true'], '/podAnnotations/scrape'],
    [['--set', 'ingress.annotations.timeout=3600'], '/ingress/annotations/timeout'],
    [['--set', 'nodeSelector.gpu=true'], '/nodeSelector/gpu'],
    [
      [
        ...['--set', 'prometheusUrl=http://p', '--set', 'workerDefaults.autoscaling.enabled=true'],
        ...['--set', 'workerDefaults.autoscaling.minReplicas=11'],
      ],
      'The workers workers have autoscaling.minReplicas above maxReplicas',
    ],
  ])('refuses %o with a word about it', (given, word) => {
    const { status, stderr } = run('template', 'mh', chart, '--kube-version', kubeVersion, ...given);
    expect(status).not.toBe(0);
    expect(stderr).toContain(word);
  });

  // Seen: pods of 64 slots in the 1 GiB that the chart gives them were killed by the kernel, again and again.
  it('refuses more slots than the memory of their pod holds, as the worker itself does', () => {
    const given = (slots: number, memory: string) =>
      run(
        ...['template', 'mh', chart, '--kube-version', kubeVersion, '--set', `workerDefaults.resources.limits.memory=${memory}`],
        ...['--set', `workers[0].slots=${slots}`, '--set', 'workers[0].name=all'],
      );
    for (const [slots, memory] of [
      [43, '1Gi'],
      [17, '512Mi'],
      [256, '5.5Gi'],
    ] as const) {
      expect(memoryMibOf(slots)).toBeLessThanOrEqual(parseFloat(memory) * (memory.endsWith('Gi') ? 1_024 : 1));
      expect(given(slots, memory).stderr).toBe('');
    }
    const refused = given(44, '1Gi');
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain(
      `The workers all have slots=44, which need ${memoryMibOf(44)} MiB before their chunks hold anything, and resources.limits.memory is 1Gi.`,
    );
  });

  describe.skipIf(!hasSchemas)(
    'by the schemas of Kubernetes and KEDA (skipped where they or kubeconform are not there: kube-schemas.ts)',
    () => {
      beforeAll(() => {
        execFileSync(process.execPath, ['--conditions=source', 'e2e/deploy/kube-schemas.ts', schemas], { cwd: repository });
      });

      const judge = (input: string) =>
        spawnSync(
          kubeconform!,
          [
            '-strict',
            '-summary',
            '-schema-location',
            `${schemas}/{{.ResourceKind}}{{.KindSuffix}}.json`,
            '-skip',
            'PodMonitor',
            '-',
          ],
          { input, encoding: 'utf8' },
        );

      it.each(sets)('has no field that they do not name (%s)', (set) => {
        const { status, stdout } = judge(rendered(set));
        expect(status, stdout).toBe(0);
      });

      it.each([
        ['apps/v1', 'Deployment', 'terminationGracePeriodSeconds:', 'terminationGracePeriodSecond:'],
        ['keda.sh/v1alpha1', 'ScaledObject', 'maxReplicaCount:', 'maxReplicasCount:'],
      ])('find a field with another name (%s %s: %s)', (_, kind, field, other) => {
        const text = rendered('ci/fleet.yaml')
          .split('\n---\n')
          .find((one) => one.includes(`kind: ${kind}\n`) && one.includes(field))!;
        expect(judge(text).status).toBe(0);
        expect(judge(text.replace(field, other)).stdout).toContain(other.slice(0, -1));
      });
    },
  );
});

function run(...given: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(helm!, given, { encoding: 'utf8' });
}

function valuesOf(set: string): string[] {
  return set === '' ? [] : ['--values', join(chart, set)];
}

const renderings = new Map<string, string>();

function rendered(set: string): string {
  const known = renderings.get(set);
  if (known !== undefined) return known;
  const { status, stdout, stderr } = run('template', 'mh', chart, '--kube-version', kubeVersion, ...valuesOf(set));
  expect(status, stderr).toBe(0);
  renderings.set(set, stdout);
  return stdout;
}

function manifests(set: string): Manifest[] {
  return documentsIn({ status: 0, stdout: rendered(set), stderr: '' });
}

function documentsIn({ status, stdout, stderr }: ReturnType<typeof run>): Manifest[] {
  expect(status, stderr).toBe(0);
  return parseAllDocuments(stdout)
    .map((document) => (document as unknown as { toJS(): Manifest | null }).toJS())
    .filter((one) => one !== null);
}

function kindsOf(set: string): string[] {
  return manifests(set).map(({ kind }) => kind);
}

function isDeployment({ kind }: Manifest): boolean {
  return kind === 'Deployment';
}

/** What KEDA asks Prometheus for each group of workers. */
function queriesOf(all: Manifest[]): (string | undefined)[] {
  return all.filter(({ kind }) => kind === 'ScaledObject').map(({ spec }) => spec.triggers![0]!.metadata['query']);
}

/** What is not in a Secret. */
function envOf({ env }: Container): Record<string, string> {
  return Object.fromEntries(env.filter(({ valueFrom }) => valueFrom === undefined).map(({ name, value }) => [name, value]));
}

/** Each container with the service it runs. */
function containersOf(all: Manifest[]): (readonly [Reader, Container])[] {
  return all
    .filter(isDeployment)
    .flatMap(({ spec }) => spec.template.spec.containers)
    .filter(({ command: [program] }) => program === 'node')
    .map((container) => [basename(join(container.command[1]!, '../..')) as Reader, container] as const);
}
