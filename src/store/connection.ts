/** How one connection to the database is made: with the files as they are at that moment, and with an error with the reason if it fails. */
import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { contextMaker, requireCertificate } from '../tls-context.ts';
import type { TlsTexts } from '../tls-context.ts';
import { ConnectionError, connectionErrorOf } from './database-error.ts';
import { messageOf } from '../waiting.ts';
import type { DatabaseTls } from './database-url.ts';

export interface ConnectionFiles {
  readonly tls: DatabaseTls | undefined;
  readonly passwordFile: string | undefined;
}

/** As pg declares it. */
type Connected = ((error: Error) => void) | ((error: null, client: pg.Client) => void);

/**
 * A client of pg, for its pool, that reads password and certificates each time it connects: they can be replaced without a
 * restart. pg itself reads them once, from the URL, and treats every `sslmode` as verify-full.
 */
export function clientClass({ tls, passwordFile }: ConnectionFiles): typeof pg.Client {
  const makeContext = contextMaker();
  return class extends pg.Client {
    /** pg reads it when the server is ready for TLS. */
    readonly #tlsOptions: object | false;

    constructor(config?: string | pg.ClientConfig) {
      const given = config as pg.ClientConfig;
      const tlsOptions = tls === undefined ? false : {};
      // The pool hides the password from copies. Without `ssl` pg would read PGSSLMODE.
      super({ ...given, password: given.password, ssl: tlsOptions });
      this.#tlsOptions = tlsOptions;
      // A connection that ends while it is handed out, or as soon as it is ready, has no other listener: its user learns
      // of it by the failure of its next statement.
      this.on('error', () => undefined);
    }

    override connect(): Promise<pg.Client>;
    override connect(callback: Connected): void;
    override connect(callback?: Connected): Promise<pg.Client> | undefined {
      const connected = this.#connect();
      if (callback === undefined) return connected;
      const call = callback as (error: Error | null) => void;
      connected.then(() => {
        call(null);
      }, call);
      return undefined;
    }

    async #connect(): Promise<pg.Client> {
      try {
        if (tls !== undefined) Object.assign(this.#tlsOptions, await tlsOptionsOf(tls, makeContext));
        if (passwordFile !== undefined) this.password = await readPassword(passwordFile);
        return await super.connect();
      } catch (error) {
        throw connectionErrorOf(error, `${this.host}:${String(this.port)}`);
      }
    }
  };
}

/** The file holds the password alone; a newline at its end is none of it. */
async function readPassword(path: string): Promise<string> {
  const password = (await readText('DATABASE_PASSWORD_FILE', path)).replace(/\r?\n$/, '');
  if (password === '') throw unreadable('The file that DATABASE_PASSWORD_FILE names is empty', new Error(path));
  return password;
}

async function tlsOptionsOf(
  { mode, rootCert, cert, key }: DatabaseTls,
  makeContext: ReturnType<typeof contextMaker>,
): Promise<object> {
  const read = (name: string, path: string | undefined) => (path === undefined ? undefined : readText(name, path));
  const [ca, certificate, privateKey] = await Promise.all([
    read('sslrootcert', rootCert),
    read('sslcert', cert),
    read('sslkey', key),
  ]);
  if (ca !== undefined) requireAuthority(ca, rootCert);
  // As libpq: require verifies nothing unless there is an authority to verify by.
  const verifies = mode !== 'require' || ca !== undefined;
  return {
    secureContext: secureContext(
      makeContext,
      { ca, cert: certificate, key: privateKey },
      `${String(cert)}, ${String(key)}`,
    ),
    rejectUnauthorized: verifies,
    // Only verify-full compares the host name.
    ...(mode !== 'verify-full' && { checkServerIdentity: () => undefined }),
  };
}

function requireAuthority(text: string, path: string | undefined): void {
  try {
    requireCertificate(text);
  } catch (error) {
    throw unreadable('The file of sslrootcert has no certificate in it', inFile(path, error));
  }
}

/** Keeps the key out of pg's objects, too. */
function secureContext(makeContext: ReturnType<typeof contextMaker>, texts: TlsTexts, paths: string) {
  try {
    return makeContext(texts);
  } catch (error) {
    throw unreadable('The files of sslcert and sslkey are not a certificate and its key', inFile(paths, error));
  }
}

async function readText(name: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw unreadable(`The file of ${name} cannot be read`, inFile(path, error));
  }
}

/** Returns an error for the log, which may show the path. */
function inFile(path: string | undefined, error: unknown): Error {
  return new Error(`${String(path)}: ${messageOf(error)}`, { cause: error });
}

function unreadable(what: string, cause?: unknown): ConnectionError {
  return new ConnectionError('DATABASE_FILES_UNREADABLE', what, cause);
}
