import pg from 'pg';
import { migrate } from '../../src/operator/migrate/migrations.ts';

/** Creates the databases of the runs, each a copy of a template with its scenario's rows. */
export class Databases {
  readonly #admin: string;

  /** @param admin the URL of a database on the same server, of a role that may create others. */
  constructor(admin: string) {
    this.#admin = admin;
  }

  /** Fills a database with rows. @returns a function that copies it under a name and returns the copy's URL. */
  async template(
    name: string,
    insert: (client: pg.Client) => Promise<void>,
  ): Promise<(copy: string) => Promise<string>> {
    const template = `bench_${name}`;
    await this.#query(`CREATE DATABASE ${template}`);
    const url = this.#url(template);
    await migrate(url, () => undefined);
    const client = await connect(url);
    await insert(client);
    await client.end();
    return async (copy) => {
      await this.#query(`CREATE DATABASE ${template}_${copy} TEMPLATE ${template}`);
      return this.#url(`${template}_${copy}`);
    };
  }

  #url(name: string): string {
    const url = new URL(this.#admin);
    url.pathname = `/${name}`;
    return url.href;
  }

  async #query(sql: string): Promise<void> {
    const client = await connect(this.#admin);
    await client.query(sql);
    await client.end();
  }
}

export async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}
