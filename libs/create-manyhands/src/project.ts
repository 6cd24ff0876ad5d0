/** A new project: the files of a template, in a folder that is new or empty. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const TEMPLATES = {
  items: 'a function over a list: a line of results for each item',
  numbers: 'a large count in parts: one answer',
  files: 'a large CSV file in pieces: one answer',
} as const;
export type TemplateName = keyof typeof TEMPLATES;

export interface ProjectRequest {
  /** Relative to the folder this process runs in. */
  folder: string;
  template: TemplateName;
}

/** What a user can correct; its message is a sentence. */
export class ProjectRefused extends Error {
  override readonly name = 'ProjectRefused';
}

/** A file may lie there that a version control system or an editor has put there. */
const harmless = /^\.(?:git|idea|vscode|DS_Store)$|^LICENSE$/;
const templates = fileURLToPath(new URL('../templates', import.meta.url));

/** Returns the path of the project. Throws `ProjectRefused` where files are in the way. */
export function createProject({ folder, template }: ProjectRequest): string {
  if (!isTemplate(template))
    throw new ProjectRefused(`There is no template "${String(template)}". There are: ${Object.keys(TEMPLATES).join(', ')}.`);
  const project = resolve(folder);
  const name = packageName(basename(project));
  try {
    fillFolder(project, template, name);
  } catch (error) {
    if (error instanceof ProjectRefused || !(error instanceof Error) || !('code' in error)) throw error;
    throw new ProjectRefused(`${project} cannot be made: ${error.message}. Name another folder.`);
  }
  return project;
}

function fillFolder(project: string, template: TemplateName, name: string): void {
  const inTheWay = existsSync(project) ? readdirSync(project).filter((file) => !harmless.test(file)) : [];
  if (inTheWay.length > 0)
    throw new ProjectRefused(`${project} is not empty (${inTheWay.slice(0, 3).join(', ')}). Name a new folder, or an empty one.`);
  mkdirSync(project, { recursive: true });
  for (const part of ['shared', template]) cpSync(join(templates, part), project, { recursive: true });
  // npm leaves a file of this name out of packages.
  renameSync(join(project, 'gitignore'), join(project, '.gitignore'));
  const manifest = join(project, 'package.json');
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('"my-jobs"', JSON.stringify(name)));
}

export function isTemplate(name: string): name is TemplateName {
  return Object.hasOwn(TEMPLATES, name);
}

/** As npm allows it. Pure. */
export function packageName(folder: string): string {
  const name = folder
    .toLowerCase()
    .replace(/[^a-z0-9._~-]+/g, '-')
    .replace(/^[._-]+|(?<!-)-+$/g, '')
    .slice(0, 200);
  return name === '' || name === 'manyhands' || name === 'node_modules' ? 'my-jobs' : name;
}
