import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { repository } from '../../fixture/system.ts';
import { CONTAINMENT_BUGS, type ContainmentBug } from './containment-bugs.ts';

const built = globSync('{proto,libs/*,services/*}/dist/**/*.js', { cwd: repository }).map((file) => `/${file}`);

it.each(Object.entries<ContainmentBug>(CONTAINMENT_BUGS))(
  '%s can be planted: the text it changes is in the modules as they are built',
  (_, { changes }) => {
    for (const { file, text } of changes) {
      const [module, ...others] = built.filter((path) => file.test(path));
      expect({ file: String(file), isThere: module !== undefined, others }).toEqual({
        file: String(file),
        isThere: true,
        others: [],
      });
      expect(readFileSync(join(repository, module!), 'utf8').split(text), `${module} holds ${text} once`).toHaveLength(2);
    }
  },
);
