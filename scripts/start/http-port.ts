import type { Say } from '../embedded/embedded.ts';
import { choosePort, isFree } from '../embedded/ports.ts';

const DEFAULT = 8080;

/**
 * Returns the port of HTTP_PORT; without one 8080, or a free port.
 * @throws an error that names what to do, if no server can listen there
 */
export async function chooseHttpPort(named: string | undefined, host: string, say: Say): Promise<string> {
  try {
    if (!named) return String(await choosePort(DEFAULT, host, 'HTTP side', say));
    if (await isFree(Number(named), host)) return named;
  } catch (error) {
    const why = (error as Error).message;
    throw new Error(`HTTP cannot listen at HTTP_HOST and HTTP_PORT (${why}). Name another address.`, {
      cause: error,
    });
  }
  throw new Error(
    `HTTP_PORT is ${named}, and something listens on ${host}:${named} already. ` +
      'Stop that, name another port, or unset HTTP_PORT: then a free one is chosen.',
  );
}
