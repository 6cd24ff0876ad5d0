import { expect, it } from 'vitest';
import { packagesIn } from './bundle-folder.mjs';

it('finds the packages of others that a built module imports when it is loaded, and nothing else', () => {
  const text = [
    "/** Says `import x from 'no';` in a comment. */ import 'reflect-metadata';",
    "import { readFileSync } from 'node:fs';",
    "import { once } from 'events';",
    "import { Subject } from '@manyhands/proto';",
    "import { connect } from '@nats-io/transport-node';",
    "import { near } from './near.js';",
    "import z, { type } from 'zod';",
    "import { a, b } from '@nestjs/common';",
    "export * from 'rxjs/operators';",
    "export const name = 'nats-server';",
    "const later = () => import('pg');",
    "it.from('elsewhere');",
  ].join('\n');
  expect(packagesIn(text)).toEqual(['reflect-metadata', 'zod', '@nestjs/common', 'rxjs/operators']);
});
