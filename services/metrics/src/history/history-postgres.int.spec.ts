import { createServer } from 'node:net';
import { once } from 'node:events';
import { aJobFinished, findPostgres, startPostgres, type PostgresServer } from '@manyhands/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPostgres } from '../sql/postgres.ts';
import { describeHistory } from './conformance/history-behaviour.ts';
import { describeSearch } from './conformance/search-behaviour.ts';
import { describeTrends } from './conformance/trends-behaviour.ts';
import { History } from './history.ts';
import { schemaSteps } from './schema.ts';

describe.skipIf(findPostgres() === undefined)('with a PostgreSQL server', () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgres();
  }, 90_000);
  afterAll(() => server?.stop());

  async function fresh() {
    const database = openPostgres(server.url);
    await database.run('DROP SCHEMA IF EXISTS manyhands CASCADE');
    return database;
  }

  describeHistory('PostgreSQL', { fresh, again: () => openPostgres(server.url) });
  describeSearch('PostgreSQL', { fresh, again: () => openPostgres(server.url) });
  describeTrends('PostgreSQL', { fresh, again: () => openPostgres(server.url) });

  it('processes that begin at once make the tables once', async () => {
    await (await fresh()).close();
    const processes = Array.from({ length: 4 }, () => new History(openPostgres(server.url)));
    await Promise.all(processes.map((each) => each.begin()));
    const written = await Promise.all(
      processes.map((each, index) => each.apply([{ job: aJobFinished().job, sequence: index + 1 }])),
    );
    expect(written.flat()).toHaveLength(4);
    expect(await processes[0]!.position('events')).toBe(4);
    await Promise.all(processes.map((each) => each.close()));
  });

  it('its tables stand in a schema of their own, beside those of others', async () => {
    const database = await fresh();
    await database.run('CREATE TABLE IF NOT EXISTS public.jobs (of_another text)');
    await new History(database).begin();
    expect(
      await database.rows("SELECT table_schema FROM information_schema.tables WHERE table_name = 'jobs' ORDER BY 1"),
    ).toEqual([{ table_schema: 'manyhands' }, { table_schema: 'public' }]);
    await database.close();
  });

  it('a user who may only use a schema that an operator made is enough', async () => {
    const owner = await fresh();
    await owner.run('DO $$ BEGIN CREATE ROLE modest LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$');
    await owner.run('REVOKE CREATE ON DATABASE manyhands FROM PUBLIC, modest');
    const url = server.url.replace('owner:s3cret', 'modest:s3cret');
    const refused = new History(openPostgres(url));
    await expect(refused.begin()).rejects.toThrow(
      /DATABASE_URL cannot be used: postgres:\/\/modest@127.*the user may not create or use the schema manyhands/,
    );
    await refused.close();
    await owner.run('CREATE SCHEMA manyhands AUTHORIZATION modest');
    const history = new History(openPostgres(url));
    await history.begin();
    await history.close();
    await owner.close();
  });

  it('a database of a newer release is refused', async () => {
    const database = await fresh();
    await new History(database).begin();
    await database.setSchemaVersion(database, schemaSteps.length + 1);
    await expect(new History(database).begin()).rejects.toMatchObject({
      name: 'WrongSettings',
      message: expect.stringMatching(/was written by a newer release/),
    });
    await database.close();
  });

  it('what can never work ends with a sentence without the password; what may work later does not', async () => {
    const missing = new History(openPostgres(server.url.replace(/manyhands$/, 'nothing')));
    await expect(missing.begin()).rejects.toMatchObject({
      name: 'WrongSettings',
      message: expect.stringMatching(
        /^DATABASE_URL cannot be used: postgres:\/\/owner@127\.0\.0\.1:\d+\/nothing answers, but there is no database of this name/,
      ),
    });
    await missing.close();
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as { port: number };
    silent.close();
    const away = new History(openPostgres(`postgres://bob:s3cret@127.0.0.1:${port}/history`));
    await expect(away.begin()).rejects.not.toMatchObject({ name: 'WrongSettings' });
    expect(away.problem).toMatch(/^history cannot be written to postgres:\/\/bob@127.*ECONNREFUSED.*written once it can be\.$/);
    expect(away.problem).not.toContain('s3cret');
    await away.close();
  });
});
