import type { Say } from '../embedded/embedded.ts';
import { choosePort, isFree } from '../embedded/ports.ts';

const DEFAULT = 8080;

/**
 * The port of HTTP_PORT; where that names none, 8080 or a free one.
 * @throws saying what to do when nobody can listen there
 */
export async function chooseHttpPort(named: string | undefined, host: string, say: Say): Promise<string> {
  try {
    if (!named) return String(await choosePort(DEFAULT, host, 'HTTP side', say));
    if (await isFree(Number(named), host)) return named;
  } catch (error) {
    const why = (error as Error).message;
    throw new Error(`HTTP cannot listen where HTTP_HOST and HTTP_PORT say (${why}). Name another place.`, {
      cause: error,
    });
  }
  throw new Error(
    `HTTP_PORT is ${named}, and something listens on ${host}:${named} already. ` +
      'Stop that, name another port, or unset HTTP_PORT: then a free one is found.',
  );
}
