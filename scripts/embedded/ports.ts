import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { LOOPBACK, type Say } from './embedded.ts';

/**
 * The ports that this process has chosen. Each is held by the UDP port of the same number, which no server here uses: another start
 * must not choose the same port before the server has opened it. The system releases them with the process.
 */
const held = new Map<number, Socket>();

/** Returns the preferred port if it is free; otherwise another one, with a message that names its `owner`. */
export async function choosePort(preferred = 0, host = LOOPBACK, owner = '', say?: Say): Promise<number> {
  if (preferred !== 0 && (await isFree(preferred, host))) return preferred;
  for (let tries = 0; tries < 10; tries += 1) {
    const port = await openPort(0, host);
    if (held.has(port) || !(await hold(port))) continue;
    if (preferred !== 0) say?.(`port ${String(preferred)} is taken: the ${owner} takes ${String(port)}`);
    return port;
  }
  throw new Error(`No free port was found on ${host}.`);
}

/**
 * Returns whether a port is free.
 * @throws if a server cannot listen there for another reason than that the port is taken
 */
export async function isFree(port: number, host: string): Promise<boolean> {
  try {
    await openPort(port, host);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
  return held.has(port) || (await hold(port));
}

async function openPort(port: number, host: string): Promise<number> {
  const server = createServer().listen({ port, host, exclusive: true });
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : port;
}

async function hold(port: number): Promise<boolean> {
  const socket = createSocket('udp4').unref();
  try {
    socket.bind({ port, address: LOOPBACK, exclusive: true });
    await once(socket, 'listening');
    held.set(port, socket);
    return true;
  } catch {
    socket.close();
    return false;
  }
}
