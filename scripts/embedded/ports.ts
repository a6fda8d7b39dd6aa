import { createServer } from 'node:net';
import { LOOPBACK } from './embedded.ts';

/** The preferred port if nobody listens there, a free one otherwise. */
export async function choosePort(preferred = 0, host = LOOPBACK): Promise<number> {
  return (await tryPort(preferred, host)) ?? (await tryPort(0, host)) ?? fail(host);
}

function tryPort(port: number, host: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined));
    });
  });
}

function fail(host: string): never {
  throw new Error(`No free port could be opened on ${host}. Is the loopback interface up?`);
}
