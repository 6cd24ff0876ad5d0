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
import { codeSplitting } from './code-splitting.ts';
import { docsPlugin } from './docs/docs-plugin.ts';
import { externalBoot } from './external-boot.ts';
import { plainIcons } from './plain-icons.ts';

const gateway = process.env['MANYHANDS_GATEWAY'] ?? 'http://127.0.0.1:8000';

const source = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

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
