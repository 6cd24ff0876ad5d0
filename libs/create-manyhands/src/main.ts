/** The command line of `create-manyhands`. */
import { relative } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { createProject, isTemplate, ProjectRefused, TEMPLATES, type TemplateName } from './project.ts';

interface Terminal {
  stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  stdout: NodeJS.WritableStream;
  stderr: NodeJS.WritableStream & { isTTY?: boolean };
}

const list = Object.entries(TEMPLATES).map(([name, about]) => `  ${name.padEnd(8)} ${about}`);
const help = `npm create manyhands@latest <folder> -- --template <name>

${list.join('\n')}
`;

/** Returns the exit code: 0 made, 2 refused, 130 Ctrl-C at a question. */
export async function main(args: string[], { stdin, stdout, stderr }: Terminal): Promise<number> {
  try {
    const { values, positionals } = readArgs(args);
    if (values.help) {
      stdout.write(help);
      return 0;
    }
    if (positionals.length > 1) throw new ProjectRefused(`Name one folder (there are ${positionals.length}).\n\n${help}`);
    const ask = stdin.isTTY && stderr.isTTY ? questions(stdin, stderr) : undefined;
    const folder = positionals[0] ?? (await ask?.('Folder of the new project', 'my-jobs'));
    if (folder === undefined) throw new ProjectRefused(`Name the folder of the project.\n\n${help}`);
    const template = values.template ?? (ask && (await ask(`\n${list.join('\n')}\nTemplate`, 'items')));
    if (template === undefined) throw new ProjectRefused(`Name a template.\n\n${help}`);
    if (!isTemplate(template)) throw new ProjectRefused(`There is no template "${template}".\n\n${help}`);
    stderr.write(made(createProject({ folder, template }), template));
    return 0;
  } catch (error) {
    if ((error as Error).name === 'AbortError') {
      stderr.write('\n');
      return 130;
    }
    if (!(error instanceof ProjectRefused)) throw error;
    stderr.write(`${error.message}\n`);
    return 2;
  }
}

function readArgs(args: string[]): { values: { template?: string; help?: boolean }; positionals: string[] } {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { template: { type: 'string', short: 't' }, help: { type: 'boolean', short: 'h' } },
    });
  } catch (error) {
    throw new ProjectRefused(`${(error as Error).message}\n\n${help}`);
  }
}

function questions(input: NodeJS.ReadableStream, output: NodeJS.WritableStream) {
  return async (question: string, usual: string): Promise<string> => {
    const asking = createInterface({ input, output });
    try {
      return (await asking.question(`${question} (${usual}): `)).trim() || usual;
    } finally {
      asking.close();
    }
  };
}

const firstRuns: Record<TemplateName, string> = {
  items: 'npx manyhands map words texts.ndjson',
  numbers: 'npx manyhands run pi --throws 1e8',
  files: 'npx manyhands map revenue sales.csv --from 2026-01-01',
};

function made(project: string, template: TemplateName): string {
  return `${project} is made. Next:

  cd ${asTyped(relative(process.cwd(), project) || '.')}
  npm install
  npm run dev

and in another terminal, in the same folder:

  ${firstRuns[template]}
`;
}

/** As one word of a shell. */
function asTyped(path: string): string {
  return /^[\w./~+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
