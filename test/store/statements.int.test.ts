/** Every raw SQL statement is prepared against the migrated schema, and returns the columns that it claims. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { Statement } from '../../src/store/statement.ts';
import { required } from '../support/database.ts';
import { TEMPLATE } from '../support/servers.ts';

const SRC = join(import.meta.dirname, '../../src');
/** Postgres' object ids of the types that a statement may claim. */
const OIDS = { bool: 16, int8: 20, 'int8?': 20, int4: 23, text: 25, 'text?': 25 } as const;

type AnyStatement = Statement<Readonly<Record<string, keyof typeof OIDS>>>;

async function statementsIn(file: string): Promise<[string, AnyStatement][]> {
  const exported = (await import(join(SRC, 'store', file))) as Record<string, unknown>;
  return Object.entries(exported)
    .filter(([name]) => name.endsWith('Statement'))
    .map(([name, value]) => [name, value as AnyStatement]);
}

const files = (await readdir(join(SRC, 'store'), { recursive: true })).filter((name) => name.endsWith('.ts'));
const statements = (await Promise.all(files.map(statementsIn))).flat();

interface Described {
  readonly name: string;
  readonly dataTypeID: number;
}

interface Wire {
  parse(statement: { text: string; name: string; types: readonly number[] }): void;
  describe(what: { type: 'S'; name: string }): void;
  sync(): void;
}

/** Prepares a statement and asks what it returns, without running it: the server's own description. */
class Describe {
  readonly #text: string;
  readonly #done = Promise.withResolvers<readonly Described[]>();
  #columns: readonly Described[] = [];

  constructor(text: string) {
    this.#text = text;
  }
  get columns(): Promise<readonly Described[]> {
    return this.#done.promise;
  }
  submit(connection: Wire): void {
    connection.parse({ text: this.#text, name: '', types: [] });
    connection.describe({ type: 'S', name: '' });
    connection.sync();
  }
  handleRowDescription({ fields }: { fields: readonly Described[] }): void {
    this.#columns = fields;
  }
  handleError(error: Error): void {
    this.#done.reject(error);
  }
  handleReadyForQuery(): void {
    this.#done.resolve(this.#columns);
  }
}

let client: pg.Client;
beforeAll(async () => {
  const url = new URL(required('TEST_DATABASE_URL'));
  url.pathname = `/${TEMPLATE}`;
  client = new pg.Client({ connectionString: url.href });
  await client.connect();
});
afterAll(() => client.end());

function described(text: string): Promise<readonly Described[]> {
  const describing = new Describe(text);
  client.query(describing as unknown as pg.Submittable);
  return describing.columns;
}

describe('raw SQL', () => {
  it.each(statements)('%s', async (_name, { text, columns }) => {
    const returned = (await described(text)).map(({ name, dataTypeID }) => [name, dataTypeID]);
    expect(returned).toEqual(Object.entries(columns).map(([name, type]) => [name, OIDS[type]]));
  });

  it('that the schema does not fit is noticed', async () => {
    await expect(described('SELECT colour FROM pet')).rejects.toThrow('column "colour" does not exist');
    expect(await described('SELECT id FROM pet')).toMatchObject([{ name: 'id', dataTypeID: OIDS.int8 }]);
  });

  it('is written nowhere else', async () => {
    const all = await readdir(SRC, { recursive: true });
    const raw = [];
    for (const file of all.filter((name) => name.endsWith('.ts') && name !== join('store', 'statement.ts'))) {
      if (/\$(query|execute)Raw/.test(await readFile(join(SRC, file), 'utf8'))) raw.push(file);
    }
    expect(raw).toEqual([]);
  });

  it('is exported under a name that this test finds', async () => {
    const texts = await Promise.all(files.map((file) => readFile(join(SRC, 'store', file), 'utf8')));
    const made = texts.flatMap((text) => [...text.matchAll(/(\w+) = statement\(/g)].map(([, name]) => name));
    expect(made.sort()).toEqual(statements.map(([name]) => name).sort());
    expect(made.length).toBeGreaterThan(15);
  });
});
