/**
 * Builds the dashboard as a single page app: static files, a page for each route in `pages`, and `200.html` for every other page address (`external-boot.ts`).
 *
 * Invariant: of `@manyhands/proto` only types, `answered-leases`, `failure-groups`, `job-search`, `limits`, `mandelbrot`, `worker-samples` and `worker-slots` are imported, so zod is not in the page. The sources of both and of the SDK are bundled, so
 * nothing else needs to be built before.
 */
import adapterStatic from '@sveltejs/adapter-static';
import { sveltekit } from '@sveltejs/kit/vite';
import tailwindcss from '@tailwindcss/vite';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { docsPlugin } from './docs/docs-plugin.ts';
import { externalBoot } from './external-boot.ts';
import { plainIcons } from './plain-icons.ts';

const gateway = process.env['MANYHANDS_GATEWAY'] ?? 'http://127.0.0.1:8000';

const source = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

/**
 * What two pages share comes in one file: a page of thirty small ones took half a second longer to open.
 *
 * Apart from it is what only some pages need: dialogs, the form of a job, lists of jobs, signing in, and what a first visit does not show.
 *
 * A group takes what it imports along, so the one that all others import comes first. A page loads the whole of a group for one thing in it.
 *
 * Invariant: what SvelteKit starts with is apart, because its client may be loaded only after that has run.
 */
const core =
  /node_modules\/(svelte|@sveltejs\/kit|esm-env|clsx|runed|svelte-toolbelt|style-to-object|inline-style-parser|devalue|bits-ui\/dist\/(internal|shared))\/|lib\/(ui\/Notice\.svelte|api-problem\.ts)/;
const dialogs =
  /bits-ui\/dist\/bits\/(dialog|alert-dialog|utilities\/(focus-scope|dismissible-layer|escape-layer|text-selection-layer|scroll-lock|portal))|tabbable|lib\/(ui\/(Confirm|Sheet|RunProgress|RunFoot)\.svelte|jobs\/many-run)/;
/** Of the form of a new job, what others have too: the page of a job to run it again, the one of operations for its schedules. */
const form =
  /bits-ui\/dist\/bits\/radio-group\/|lib\/(inputs\/|ui\/(NumberField|TextField)|schedules\/timing|jobs\/(run-again|trying|bounds|notify)\.ts)/;
/** What shows one thing of several, such as code in one language of three, and what writes that code. */
const tabs = /bits-ui\/dist\/bits\/tabs\/|lib\/ui\/CodeTabs|lib\/jobs\/(submission|python)-code|lib\/account\/curl-line/;
/** A list of jobs, and what finds, groups and continues one. */
const lists =
  /lib\/(polled-list|jobs\/(list|rows|newest-jobs|filter-address|view-names)|results\/(shape|summary)|dead-letters\/group-chunks)|lib\/ui\/(JobRow|OlderJobs|FilterSelect|SearchField|RequeueGroup|ProgressBar|StatusBadge)|bits-ui\/dist\/bits\/progress\/|proto\/src\/(failure-groups|job-search)/;
const signIn =
  /routes\/(SignIn|Providers|NoAccounts)\.svelte|lib\/account\/(sign-in-problems|account-calls)|lib\/ui\/(PasswordField|EmailField)|icons\/eye(-off)?\./;
/** What follows one job. */
const watch = /lib\/jobs\/(watch|held-view)/;
/** What finished jobs are shown with: less than the pages of one job share. */
const past = /lib\/history\/|lib\/jobs\/error-words|lib\/ui\/DownloadLink/;
/** What only pages share that a first visit does not show: those of one job, of failures, of operations. What imports a dialog stands here, or every visit loads it. */
const parts =
  /routes\/(jobs\/\[id\]|operations|failures|workers)\/|lib\/(leases|workers|chunk-map|logs|dead-letters|schedules|code|results\/(addresses|download|first-lines|file-name)|jobs\/(polled|commands|verdict|keep-chosen|share))|lib\/ui\/(Json|Result|FailureGroup|Letter|DeadLetter|DiscardAll|ListEnd|FitTable|EdgeRow|Param)|answered-leases|worker-samples/;
/** What draws curves, for two pages of administrators. */
const curves = /node_modules\/uplot\//;

const apart = [dialogs, tabs, lists, form, signIn, watch, past, curves, parts];

const codeSplitting = {
  groups: [
    // Of the docs, what finds a page needs only which there are.
    { name: 'docs', test: /lib\/docs\/contents\.ts/, priority: 5 },
    { name: 'start', test: /runtime\/client\/payload\.js|preload-helper/, priority: 4 },
    { name: 'core', test: core, minShareCount: 2, priority: 3 },
    { name: 'shared', test: (id: string) => !apart.some((each) => each.test(id)), minShareCount: 2, priority: 2 },
    { name: 'tabs', test: tabs, minShareCount: 2, priority: 1.5 },
    { name: 'lists', test: lists, minShareCount: 2, priority: 1.4 },
    { name: 'form', test: form, minShareCount: 2, priority: 1.3 },
    { name: 'sign-in', test: signIn, minShareCount: 2, priority: 1.2 },
    { name: 'dialogs', test: dialogs, minShareCount: 2, priority: 1 },
    { name: 'watch', test: watch, minShareCount: 2, priority: 0.7 },
    { name: 'past', test: past, minShareCount: 2, priority: 0.6 },
    { name: 'curves', test: curves, minShareCount: 2, priority: 0.5 },
    { name: 'parts', minShareCount: 2, priority: 0 },
  ],
};

export default defineConfig({
  resolve: {
    alias: [
      { find: /^@manyhands\/proto\/answered-leases$/, replacement: source('proto/src/answered-leases.ts') },
      { find: /^@manyhands\/proto\/failure-groups$/, replacement: source('proto/src/failure-groups.ts') },
      { find: /^@manyhands\/proto\/job-search$/, replacement: source('proto/src/job-search.ts') },
      { find: /^@manyhands\/proto\/limits$/, replacement: source('proto/src/limits.ts') },
      { find: /^@manyhands\/proto\/mandelbrot$/, replacement: source('proto/src/mandelbrot.ts') },
      { find: /^@manyhands\/proto\/worker-samples$/, replacement: source('proto/src/worker-samples.ts') },
      { find: /^@manyhands\/proto\/worker-slots$/, replacement: source('proto/src/worker-slots.ts') },
      { find: /^@manyhands\/sdk$/, replacement: source('sdk/src/index.ts') },
    ],
  },
  plugins: [
    tailwindcss(),
    docsPlugin(source('')),
    sveltekit({
      adapter: externalBoot(adapterStatic({ pages: 'build', fallback: '200.html' }), 'build', '200.html'),
      preprocess: plainIcons,
      compilerOptions: { runes: ({ filename }) => (filename.includes('node_modules') ? undefined : true) },
    }),
  ],
  build: { rolldownOptions: { output: { codeSplitting } } },
  server: {
    proxy: {
      // The gateway is asked as itself, by a page of its own: it knows no host and no page of this server.
      '^/(v1|readyz|healthz|reference|openapi.json|metrics)': {
        target: gateway,
        changeOrigin: true,
        headers: { origin: gateway },
      },
      '/ws': { target: gateway, ws: true, changeOrigin: true, headers: { origin: gateway } },
    },
  },
});
