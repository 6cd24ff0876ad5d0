/**
 * What a site's robots.txt allows (RFC 9309). Pure.
 *
 * Invariant: of the rules that fit a path the longest counts, and of two as long the one that allows. Matching takes time in proportion to the lengths of both,
 * whatever the pattern.
 */
export interface Robots {
  readonly rules: readonly Rule[];
  /** Seconds between two requests, where the site asks for it. */
  readonly crawlDelaySec?: number;
}

interface Rule {
  readonly allows: boolean;
  readonly pattern: string;
}

interface Group {
  agents: string[];
  rules: Rule[];
  crawlDelaySec?: number;
}

const RULES_MAX = 10_000;
const PATTERN_CHARS_MAX = 2_048;
const CRAWL_DELAY_SEC_MAX = 60;
export const ALLOWS_ALL: Robots = { rules: [] };
export const ALLOWS_NOTHING: Robots = { rules: [{ allows: false, pattern: '/' }] };

/** The rules for `agent`, a word like `manyhands`. */
export function readRobots(text: string, agent: string): Robots {
  const groups = groupsOf(text);
  const named = groups.filter(({ agents }) => agents.includes(agent.toLowerCase()));
  const meant = named.length > 0 ? named : groups.filter(({ agents }) => agents.includes('*'));
  const delay = meant.find((group) => group.crawlDelaySec !== undefined)?.crawlDelaySec;
  return { rules: meant.flatMap(({ rules }) => rules).slice(0, RULES_MAX), ...(delay !== undefined && { crawlDelaySec: delay }) };
}

export function mayFetch({ rules }: Robots, url: URL): boolean {
  const path = normal(`${url.pathname}${url.search}`);
  if (path === '/robots.txt') return true;
  let best: Rule | undefined;
  for (const rule of rules) {
    const isLonger =
      rule.pattern.length > (best?.pattern.length ?? 0) || (rule.pattern.length === best?.pattern.length && rule.allows);
    if (isLonger && fits(path, rule.pattern)) best = rule;
  }
  return best?.allows ?? true;
}

/** Without what follows `#`. Its name is empty where a line has none. */
function fieldOf(line: string): { name: string; value: string } {
  const [said = ''] = line.split('#', 1);
  const colon = said.indexOf(':');
  return { name: said.slice(0, Math.max(colon, 0)).trim().toLowerCase(), value: said.slice(colon + 1).trim() };
}

function groupsOf(text: string): Group[] {
  const groups: Group[] = [];
  let open: Group | undefined;
  let isNaming = false;
  for (const line of text.split(/\r\n|\r|\n/)) {
    const { name, value } = fieldOf(line);
    if (name === 'user-agent') {
      if (!isNaming || open === undefined) groups.push((open = { agents: [], rules: [] }));
      open.agents.push(/^\*|^[\w-]+/.exec(value)?.[0].toLowerCase() ?? '');
      isNaming = true;
      continue;
    }
    if (name === '') continue;
    if (name === 'allow' || name === 'disallow') {
      isNaming = false;
      if (value !== '') open?.rules.push({ allows: name === 'allow', pattern: normal(value.slice(0, PATTERN_CHARS_MAX)) });
    } else if (name === 'crawl-delay') {
      isNaming = false;
      const seconds = Number(value);
      if (open && value !== '' && seconds >= 0) open.crawlDelaySec = Math.min(seconds, CRAWL_DELAY_SEC_MAX);
    }
  }
  return groups;
}

/** `*` stands for any characters, `$` at the end for the end; the rest must be there from the beginning. Greedy from the left: no way back, so no pattern is slow. */
function fits(path: string, pattern: string): boolean {
  const isAnchored = pattern.endsWith('$');
  const [first = '', ...parts] = (isAnchored ? pattern.slice(0, -1) : pattern).split('*');
  if (!path.startsWith(first)) return false;
  let at = first.length;
  const last = isAnchored ? parts.pop() : undefined;
  for (const part of parts) {
    const found = path.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  if (!isAnchored) return true;
  return last === undefined ? at === path.length : path.length - last.length >= at && path.endsWith(last);
}

/** One spelling of what is percent-encoded. */
function normal(path: string): string {
  return path
    .replace(/%([\da-f]{2})/gi, (all, hex: string) => {
      const char = String.fromCharCode(parseInt(hex, 16));
      return /[\w.~-]/.test(char) ? char : all.toUpperCase();
    })
    .replace(/[^\x21-\x7e]/gu, (char) => (char.isWellFormed() ? encodeURIComponent(char) : '%EF%BF%BD'));
}
