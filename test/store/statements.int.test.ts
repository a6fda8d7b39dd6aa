/** Every raw SQL statement is prepared against the migrated schema: it takes the parameters and returns the columns that it declares. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { ParameterType, Statement } from '../../src/store/statement.ts';
import { required } from '../support/database.ts';
import { TEMPLATE } from '../support/servers.ts';

const SRC = join(import.meta.dirname, '../../src');
/** Postgres' object ids of the column types that a statement may declare. */
const OIDS = { bool: 16, int8: 20, 'int8?': 20, int4: 23, text: 25, 'text?': 25 } as const;

/** The object ids of parameter types. */
const PARAMETER_OIDS: Readonly<Record<ParameterType, number>> = {
  text: 25,
  uuid: 2950,
  json: 114,
  int2: 21,
  int4: 23,
  int8: 20,
  float8: 701,
  'bool[]': 1000,
  'int2[]': 1005,
  'int4[]': 1007,
  'int8[]': 1016,
  'text[]': 1009,
  'uuid[]': 2951,
};

type AnyStatement = Statement<readonly ParameterType[], Readonly<Record<string, keyof typeof OIDS>>>;

async function statementsIn(file: string): Promise<[string, AnyStatement][]> {
  const exported = (await import(join(SRC, 'store', file))) as Record<string, unknown>;
  return Object.entries(exported)
    .filter(([name]) => name.endsWith('Statement'))
    .map(([name, value]) => [name, value as AnyStatement]);
}

const files = (await readdir(join(SRC, 'store'), { recursive: true })).filter((name) => name.endsWith('.ts'));
const statements = (await Promise.all(files.map(statementsIn))).flat();

interface Column {
  readonly name: string;
  readonly dataTypeID: number;
}

interface WireConnection {
  parse(statement: { text: string; name: string; types: readonly number[] }): void;
  describe(what: { type: 'S'; name: string }): void;
  sync(): void;
  once(event: 'parameterDescription', listener: (message: { dataTypeIDs: readonly number[] }) => void): void;
}

interface Description {
  readonly parameters: readonly number[];
  readonly columns: readonly Column[];
}

/** Prepares a statement and lets the server describe its parameters and columns, without running it. */
class DescribeQuery {
  readonly #text: string;
  readonly #done = Promise.withResolvers<Description>();
  #parameters: readonly number[] = [];
  #columns: readonly Column[] = [];

  constructor(text: string) {
    this.#text = text;
  }
  get description(): Promise<Description> {
    return this.#done.promise;
  }
  submit(connection: WireConnection): void {
    connection.once('parameterDescription', ({ dataTypeIDs }) => {
      this.#parameters = dataTypeIDs;
    });
    connection.parse({ text: this.#text, name: '', types: [] });
    connection.describe({ type: 'S', name: '' });
    connection.sync();
  }
  handleRowDescription({ fields }: { fields: readonly Column[] }): void {
    this.#columns = fields;
  }
  handleError(error: Error): void {
    this.#done.reject(error);
  }
  handleReadyForQuery(): void {
    this.#done.resolve({ parameters: this.#parameters, columns: this.#columns });
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

function describeStatement(text: string): Promise<Description> {
  const describing = new DescribeQuery(text);
  client.query(describing as unknown as pg.Submittable);
  return describing.description;
}

describe('raw SQL', () => {
  it.each(statements)('has the declared parameters and columns: %s', async (_name, { text, parameters, columns }) => {
    const description = await describeStatement(text);
    expect(description.parameters).toEqual(parameters.map((type) => PARAMETER_OIDS[type]));
    const returned = description.columns.map(({ name, dataTypeID }) => [name, dataTypeID]);
    expect(returned).toEqual(Object.entries(columns).map(([name, type]) => [name, OIDS[type]]));
  });

  it('that does not fit the schema is detected', async () => {
    await expect(describeStatement('SELECT colour FROM pet')).rejects.toThrow('column "colour" does not exist');
    expect(await describeStatement('SELECT id FROM pet')).toMatchObject({
      columns: [{ name: 'id', dataTypeID: OIDS.int8 }],
    });
  });

  it('is used nowhere outside of src/store/statement.ts', async () => {
    const all = await readdir(SRC, { recursive: true });
    const raw = [];
    for (const file of all.filter((name) => name.endsWith('.ts') && name !== join('store', 'statement.ts'))) {
      if (/\$(query|execute)Raw/.test(await readFile(join(SRC, file), 'utf8'))) raw.push(file);
    }
    expect(raw).toEqual([]);
  });

  it('is exported under a name that this test finds', async () => {
    const texts = await Promise.all(files.map((file) => readFile(join(SRC, 'store', file), 'utf8')));
    const declared = texts.flatMap((text) => [...text.matchAll(/(\w+) = statement\(/g)].map(([, name]) => name));
    expect(declared.sort()).toEqual(statements.map(([name]) => name).sort());
    expect(declared.length).toBeGreaterThan(15);
  });
});
