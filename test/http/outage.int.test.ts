/** During an outage of the database, HTTP answers 503 at once; it works again after the outage. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ask, petDocument, startApi } from '../support/api.ts';
import type { Api } from '../support/api.ts';
import { createProxy } from '../support/proxy.ts';
import type { Proxy } from '../support/proxy.ts';
import { until } from '../support/until.ts';

let proxy: Proxy;
let api: Api;
beforeAll(async () => {
  api = await startApi(async ({ hostname, port }) => {
    proxy = await createProxy(hostname, Number(port));
    return proxy.port;
  });
});
afterAll(async () => {
  await api.close();
  await proxy.close();
});

const create = () => {
  const body = petDocument({ ownerId: 1, templateId: 1 });
  return ask(`${api.url}/api/pets`, { method: 'POST', body });
};

/** After an outage, the first connection may take some tries. */
const untilCreated = () => until('it creates no pet any more', async () => (await create()).status === 201);

it('answers 503 if the database does not answer', async () => {
  expect((await create()).status).toBe(201);
  proxy.silence();
  const { status, json } = await ask(`${api.url}/api/pets/1`);
  expect({ status, code: json.errors[0]?.code }).toEqual({ status: 503, code: 'OVERLOADED' });
  proxy.cut();
  proxy.mend();
  await untilCreated();
}, 30_000);

it('answers writes and reads with 503 and Retry-After during an outage', async () => {
  expect((await create()).status).toBe(201);
  proxy.cut();
  for (const { status, headers, json } of [await create(), await ask(`${api.url}/api/pets/1`), await create()]) {
    expect({ status, after: headers.get('retry-after') }).toEqual({ status: 503, after: '5' });
    expect(json.errors).toMatchObject([{ code: 'OVERLOADED', detail: expect.stringContaining('database') }]);
  }
  proxy.mend();
  await untilCreated();
});

it('answers writes with 503 and reads with 200 if the database is read-only', async () => {
  const { id } = (await create()).json.data;
  const [row] = await api.database.$queryRawUnsafe<{ name: string }[]>('SELECT current_database()::text AS name');
  await api.database.$executeRawUnsafe(`ALTER DATABASE ${String(row?.name)} SET default_transaction_read_only = on`);
  // The setting applies to new connections.
  proxy.cut();
  proxy.mend();
  const { status, json } = await create();
  expect({ status, code: json.errors[0]?.code }).toEqual({ status: 503, code: 'OVERLOADED' });
  expect((await ask(`${api.url}/api/pets/${id}`)).status).toBe(200);
});
