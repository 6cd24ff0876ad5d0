/**
 * What the file of a page shows by itself, while the program that makes the page is on its way: the bar with the name, and the heading with the sentence below it, as the
 * page's component has them. On a slow phone that is two seconds earlier.
 *
 * `+layout.svelte` takes it away once the frame is there, and keeps the heading until the page comes: nothing moves.
 */
import { parse, type AST } from 'svelte/compiler';

/**
 * `page`: the file as it was. `heading`: of `headingOf`. `logo`: the picture.
 *
 * Readers of a screen wait for the page itself: what is here cannot be used.
 */
export function withFirstSight(page: string, heading: string, logo: string): string {
  return page.replace('<body>', () => `<body>${frame(heading, logo)}`);
}

// As in `Rail.svelte` and `+layout.svelte`.
const frame = (heading: string, logo: string) => `
    <div id="first-sight" class="frame" aria-hidden="true">
      <header class="flex items-center border-line bg-page max-md:h-14 max-md:border-b max-md:px-4 md:h-dvh md:flex-col md:items-stretch md:border-r md:px-2 md:py-3">
        <div class="flex items-center justify-between">
          <div class="flex items-center gap-2.5 text-[0.9375rem] font-semibold tracking-tight md:px-2">
            <span class="text-done">${logo}</span><span class="narrow:sr-only max-[22rem]:sr-only">Manyhands</span>
          </div>
          <span class="icon-button narrow:hidden max-xl:hidden"></span>
        </div>
      </header>
      <div class="mx-auto w-full max-w-[110rem] px-4 pt-5 sm:px-6 md:pt-7 xl:px-8">${heading}</div>
    </div>`;

/**
 * The first heading of a component that shows it whatever happens, with the sentence that follows and all that both are in. Empty where there is none, or where it
 * says what has to be found out.
 */
export function headingOf(source: string): string {
  return headingAmong(parse(source, { modern: true }).fragment.nodes);
}

function headingAmong(nodes: readonly { type: string }[]): string {
  const elements = nodes.filter((node): node is AST.RegularElement => node.type === 'RegularElement');
  for (const [at, element] of elements.entries()) {
    if (element.name === 'h1') {
      if (element.fragment.nodes.some(({ type }) => type !== 'Text')) return '';
      const after = elements[at + 1];
      return fixed(element) + (after?.name === 'p' ? fixed(after) : '');
    }
    const found = headingAmong(element.fragment.nodes);
    if (found !== '') return tagged(element, found);
  }
  return '';
}

/** The element with its text up to what has to be found out; nothing when it begins with that. */
function fixed(element: AST.RegularElement): string {
  const { nodes } = element.fragment;
  const end = nodes.findIndex(({ type }) => type !== 'Text');
  const texts = nodes.slice(0, end < 0 ? undefined : end).map((node) => (node as AST.Text).raw);
  const text = texts.join('').replaceAll(/\s+/g, ' ').trim();
  return text === '' ? '' : tagged(element, text);
}

function tagged({ name, attributes }: AST.RegularElement, content: string): string {
  const [look] = attributes.flatMap((each) =>
    each.type === 'Attribute' && each.name === 'class' && Array.isArray(each.value) ? each.value : [],
  );
  return `<${name} class="${look?.type === 'Text' ? look.raw : ''}">${content}</${name}>`;
}
