/**
 * Makes each icon of Lucide the picture it is. As it comes, an icon is a component that puts its elements together, one by one, with the attributes of several sources:
 * in a profile of the list of jobs, 48 of the 104 ms that the frame took. All of ours have a class, and are nothing that a screen reader should read.
 *
 * Rejected, not measured: `unplugin-icons`, which passes any attribute on, and needs the pictures of a second package.
 *
 * Invariant: an icon takes `class`, and nothing else (`plain-icons.spec.ts`).
 */
import type { PreprocessorGroup } from 'svelte/compiler';

interface Icon {
  size: number;
  node: [tag: string, attributes: Record<string, string | number>][];
}

const path = /@lucide\/svelte\/dist\/icons\/([\w-]+)\.svelte$/;

/** For Svelte: other components stay as they are. Throws where an icon is not written as expected. */
export const plainIcons: PreprocessorGroup = {
  name: 'plain-icons',
  markup({ content, filename = '' }) {
    const name = path.exec(filename)?.[1];
    if (name === undefined) return undefined;
    const data = /\bconst iconData = (\{.*\});?$/m.exec(content)?.[1];
    if (data === undefined) throw new Error(`The icon ${name} of Lucide is not written as plain-icons.ts expects.`);
    return { code: plainIcon(JSON.parse(data) as Icon) };
  },
};

function plainIcon({ size, node }: Icon): string {
  const shapes = node.map(([tag, attributes]) => `<${tag}${attributesOf(attributes)}/>`);
  const frame = attributesOf({
    width: size,
    height: size,
    viewBox: `0 0 ${size} ${size}`,
    fill: 'none',
    stroke: 'currentColor',
    'stroke-width': 2,
    'stroke-linecap': 'round',
    'stroke-linejoin': 'round',
    'aria-hidden': 'true',
  });
  return `<script>let { class: look } = $props();</script><svg${frame} class={look}>${shapes.join('')}</svg>`;
}

function attributesOf(attributes: Record<string, string | number>): string {
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${value}"`)
    .join('');
}
