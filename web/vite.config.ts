/**
 * Builds the dashboard as a single page app: static files plus `200.html`, which the gateway answers for every page address.
 *
 * Invariant: of `@manyhands/proto` only types are imported, so the build needs nothing else to be built, and zod is not in the page.
 */
import adapterStatic from '@sveltejs/adapter-static';
import { sveltekit } from '@sveltejs/kit/vite';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vite';
import { externalBoot } from './external-boot.ts';

const gateway = process.env['MANYHANDS_GATEWAY'] ?? 'http://127.0.0.1:8000';

export default defineConfig({
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
