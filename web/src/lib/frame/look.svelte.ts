/**
 * How this browser likes the frame: how dense it is, and whether the rail is narrow. Kept in the browser, and put on `<html>`, where the style sheet reads it;
 * `static/theme.js` does the same before the first paint.
 */
export const densities = ['airy', 'regular', 'dense'] as const;
type Density = (typeof densities)[number];

/** Nothing while the site is built, where there is no page. */
const chosen: DOMStringMap = globalThis.document?.documentElement.dataset ?? {};

class Look {
  density = $state<Density>(densities.find((each) => each === chosen['density']) ?? 'regular');
  narrow = $state(chosen['rail'] === 'narrow');

  choose(density: Density): void {
    this.density = density;
    keep('density', density);
  }

  toggleRail(): void {
    this.narrow = !this.narrow;
    keep('rail', this.narrow ? 'narrow' : 'wide');
  }
}

function keep(name: 'density' | 'rail', value: string): void {
  document.documentElement.dataset[name] = value;
  try {
    localStorage.setItem(`manyhands-${name}`, value);
  } catch {
    // A browser that stores nothing: it holds for this page.
  }
}

export const look = new Look();
