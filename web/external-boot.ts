/**
 * Moves the boot script that SvelteKit writes into the page to a file of its own, so that the page works under
 * `Content-Security-Policy: default-src 'self'` as it stands.
 *
 * Rejected: hashes from SvelteKit's `csp` option. They come as a `<meta>` policy, which can only narrow the gateway's header,
 * never widen it; the gateway would have to read them out of the page.
 *
 * The font of nearly all text is loaded with the page, instead of once the style sheet asks for it: text would change its shape before the user's eyes.
 *
 * The program comes after both, at a low priority: on a slow line the page shows what it can without it a second earlier.
 *
 * Beside it each route has a page of its own in the folder `pages`, which states more of what is needed.
 *
 * Invariant: after `adapt`, no page holds an inline script, or the build fails; each file lies there compressed too, as it is by then.
 */
import { createHash } from 'node:crypto';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Adapter } from '@sveltejs/kit';
import { program, routePages, type Manifest } from './route-pages.ts';

const inlineScript = /<script(?![^>]*\bsrc=)[^>]*>([\s\S]*?)<\/script>/g;

export function externalBoot(inner: Adapter, folder: string, page: string): Adapter {
  return {
    ...inner,
    name: `${inner.name} with external boot`,
    async adapt(builder) {
      await inner.adapt(builder);
      const path = join(folder, page);
      const html = readFileSync(path, 'utf8').replace(inlineScript, (_, code: string) => {
        const hash = createHash('sha256').update(code).digest('hex').slice(0, 8);
        const name = `_app/immutable/boot.${hash}.js`;
        writeFileSync(join(folder, name), code);
        return `<script src="/${name}"></script>`;
      });
      if (/<script(?![^>]*\bsrc=)/.test(html))
        throw new Error(`${page} still holds an inline script; the gateway's content security policy refuses it.`);
      const fonts = globSync('_app/immutable/assets/inter.*.woff2', { cwd: folder });
      const preloads = fonts.map((font) => `<link href="/${font}" rel="preload" as="font" type="font/woff2" crossorigin>`);
      const whole = html.replaceAll('rel="modulepreload"', program).replace('</head>', `${preloads.join('')}</head>`);
      writeFileSync(path, whole);
      const manifest = join(builder.getClientDirectory(), '.vite/manifest.json');
      const read = (module: string): string => readFileSync(module, 'utf8');
      for (const [name, own] of routePages(whole, JSON.parse(read(manifest)) as Manifest, read)) {
        const file = join(folder, 'pages', `${name}.html`);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, own);
      }
      // Not the adapter's `precompress`: it would keep the page as it was before.
      await builder.compress(folder);
    },
  };
}
