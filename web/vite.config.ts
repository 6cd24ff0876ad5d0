/**
 * Builds the dashboard as a single page app: static files plus `200.html`, which the gateway answers for every page address.
 *
 * Invariant: of `@manyhands/proto` only types and `limits` are imported, so zod is not in the page. The sources of both and of the SDK are bundled, so
 * nothing else needs to be built before.
 */
import adapterStatic from '@sveltejs/adapter-static';
import { sveltekit } from '@sveltejs/kit/vite';
import tailwindcss from '@tailwindcss/vite';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { externalBoot } from './external-boot.ts';

const gateway = process.env['MANYHANDS_GATEWAY'] ?? 'http://127.0.0.1:8000';

const source = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^@manyhands\/proto\/limits$/, replacement: source('proto/src/limits.ts') },
      { find: /^@manyhands\/sdk$/, replacement: source('sdk/src/index.ts') },
    ],
  },
  plugins: [
    tailwindcss(),
    sveltekit({
      adapter: externalBoot(adapterStatic({ pages: 'build', fallback: '200.html' }), 'build', '200.html'),
      compilerOptions: { runes: ({ filename }) => (filename.includes('node_modules') ? undefined : true) },
    }),
  ],
  server: {
    proxy: {
      // The gateway is asked as itself, by a page of its own: it knows no host and no page of this server.
      '^/(v1|readyz|healthz|docs|openapi.json|metrics)': { target: gateway, changeOrigin: true, headers: { origin: gateway } },
      '/ws': { target: gateway, ws: true, changeOrigin: true, headers: { origin: gateway } },
    },
  },
});
