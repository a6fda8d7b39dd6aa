/** What DATABASE_URL has beyond host, database and role: libpq's parameters for TLS, with libpq's meaning. */
import { ServiceError } from '../errors.ts';
import { SERVER_OPTIONS } from './settings.ts';

/** `prefer` and `allow` are left out: they go on in plain text when the server, or somebody on the way, refuses TLS. */
const MODES = ['disable', 'require', 'verify-ca', 'verify-full'] as const;
export type TlsMode = Exclude<(typeof MODES)[number], 'disable'>;

/** How a connection is encrypted. The files are read for each connection, so that they may be replaced at any time. */
export interface DatabaseTls {
  readonly mode: TlsMode;
  /** Certificates of the authorities that are trusted; without it those of Node and of the system. */
  readonly rootCert: string | undefined;
  /** The client's certificate and its key: both or neither. */
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

export interface DatabaseAddress {
  readonly connectionString: string;
  /** Settings of the connection, as the server's command line takes them. */
  readonly options: string;
  /** Undefined: plain text. */
  readonly tls: DatabaseTls | undefined;
}

const FILES = ['sslrootcert', 'sslcert', 'sslkey'] as const;

/** The value of `sslrootcert` that is not a file: trust the system's authorities. */
const SYSTEM_ROOTS = 'system';

/** Parameters that libpq or pg supports and the service does not. They are refused, because ignoring one could weaken security. */
const UNSUPPORTED = new Set(['channel_binding', 'passfile', 'require_auth', 'requirepeer', 'uselibpqcompat']);
/** Unknown parameters about TLS are refused too: ignoring `SSLMODE` or `ssl_mode` would mean plain text. */
const ABOUT_TLS = /ssl|tls/i;

/** @throws {ServiceError} CONFIG_INVALID, with everything that is wrong. */
export function addressOf(databaseUrl: string, passwordFile?: string): DatabaseAddress {
  const faults = addressFaults(databaseUrl, passwordFile);
  if (faults.length > 0) throw new ServiceError('CONFIG_INVALID', faults.join('. '));
  const url = new URL(databaseUrl);
  const take = (name: string) => {
    const value = url.searchParams.get(name);
    url.searchParams.delete(name);
    return value ?? undefined;
  };
  const mode = take('sslmode') as (typeof MODES)[number] | undefined;
  const [rootFile, cert, key] = FILES.map(take);
  const rootCert = rootFile === SYSTEM_ROOTS ? undefined : rootFile;
  take('schema');
  // pg would take the URL's options instead of ours. Ours come last: the last one counts.
  const theirs = url.searchParams.getAll('options');
  take('options');
  return {
    connectionString: url.href,
    options: [...theirs, ...SERVER_OPTIONS].join(' '),
    tls: mode === undefined || mode === 'disable' ? undefined : { mode, rootCert, cert, key },
  };
}

/** Everything that is wrong with the URL and does not go together; never a value, it may be a secret. */
export function addressFaults(databaseUrl: string, passwordFile?: string): string[] {
  if (!URL.canParse(databaseUrl))
    return ['DATABASE_URL is not a URL: its port or its host name is impossible, perhaps'];
  const { searchParams, password } = new URL(databaseUrl);
  const has = (name: string) => searchParams.has(name);
  const mode = searchParams.get('sslmode');
  const faults: string[] = [];
  if ((searchParams.get('schema') ?? 'public') !== 'public') {
    faults.push(
      'DATABASE_URL names a schema by ?schema=, and the tables are in the schema public: use a database of their own',
    );
  }
  const known: readonly string[] = ['sslmode', ...FILES];
  const unsupported = [...new Set(searchParams.keys())].filter(
    (name) => !known.includes(name) && (UNSUPPORTED.has(name) || ABOUT_TLS.test(name)),
  );
  if (unsupported.length > 0) {
    faults.push(`DATABASE_URL has parameters that the service does not support: ${unsupported.sort().join(', ')}`);
  }
  const repeated = known.filter((name) => searchParams.getAll(name).length > 1);
  if (repeated.length > 0) faults.push(`DATABASE_URL has parameters more than once: ${repeated.join(', ')}`);
  if (mode !== null && !MODES.some((supported) => supported === mode)) {
    faults.push(`sslmode in DATABASE_URL takes ${MODES.join(', ')}; the others of libpq may go on in plain text`);
  }
  if ((mode === null || mode === 'disable') && FILES.some(has)) {
    faults.push('DATABASE_URL names files for TLS and no sslmode that uses it: set sslmode=verify-full');
  }
  if (mode === 'verify-ca' && !has('sslrootcert')) {
    faults.push('sslmode=verify-ca in DATABASE_URL needs sslrootcert: any public authority would do without it');
  }
  if (searchParams.get('sslrootcert') === SYSTEM_ROOTS && mode !== 'verify-full') {
    faults.push(
      'sslrootcert=system in DATABASE_URL needs sslmode=verify-full: any public authority would do without it',
    );
  }
  if (has('sslcert') !== has('sslkey')) faults.push('DATABASE_URL needs sslcert and sslkey together, or neither');
  if (passwordFile !== undefined && (password !== '' || has('password'))) {
    faults.push('DATABASE_URL has a password, and DATABASE_PASSWORD_FILE is set: only one of them may be');
  }
  return faults;
}
