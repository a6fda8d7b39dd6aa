/** Reads from the environment how connections to the brokers are secured. The files are read only when a connection begins. */

/** What KAFKA_SASL_MECHANISM takes. */
export const SASL_MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'] as const;
type PasswordMechanism = Exclude<(typeof SASL_MECHANISMS)[number], 'oauthbearer'>;

/** A file, with the variable that names it. */
export interface NamedFile {
  readonly variable: string;
  readonly path: string;
}

/** A password, or the file with it. */
export type Secret = { readonly value: string } | NamedFile;

export interface BrokerTlsFiles {
  /** Undefined: the roots of Node and of the system are trusted. */
  readonly ca?: NamedFile;
  /** The certificate of this client, and its key. */
  readonly own?: { readonly cert: NamedFile; readonly key: NamedFile };
}

/** A login by user and password. */
export interface PasswordLogin {
  readonly mechanism: PasswordMechanism;
  readonly username: string;
  readonly password: Secret;
}

/** An endpoint that returns tokens for client credentials (RFC 6749, 4.4). */
export interface TokenEndpoint {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
  readonly scope: string | undefined;
}

/** A login by a bearer token. */
export interface TokenLogin {
  readonly mechanism: 'oauthbearer';
  readonly token: NamedFile | TokenEndpoint;
}

export interface KafkaSecurity {
  /** Undefined: connections are not encrypted. */
  readonly tls?: BrokerTlsFiles;
  /** Undefined: no login. */
  readonly login?: PasswordLogin | TokenLogin;
}

/** Values of variables by their names. */
type SecurityVariables = Readonly<Record<string, string | number | undefined>>;

/**
 * Returns the security settings of the KAFKA_TLS and KAFKA_SASL variables.
 * @param faults gets a sentence, without any value, for each contradiction.
 */
export function readSecurity(values: SecurityVariables, faults: string[]): KafkaSecurity {
  const tls = readTls(values, faults);
  const login = readLogin(values, faults);
  return { ...(tls && { tls }), ...(login && { login }) };
}

function readTls(values: SecurityVariables, faults: string[]): BrokerTlsFiles | undefined {
  const ca = fileOf(values, 'KAFKA_TLS_CA_FILE');
  const cert = fileOf(values, 'KAFKA_TLS_CERT_FILE');
  const key = fileOf(values, 'KAFKA_TLS_KEY_FILE');
  const named = [ca, cert, key].flatMap((file) => file?.variable ?? []);
  if (values['KAFKA_TLS'] === 'false' && named.length > 0)
    faults.push(`${named.join(', ')}: not to be set with KAFKA_TLS=false`);
  if ((cert === undefined) !== (key === undefined))
    faults.push('KAFKA_TLS_CERT_FILE and KAFKA_TLS_KEY_FILE belong together, and only one of them is set');
  if (values['KAFKA_TLS'] !== 'true' && named.length === 0) return undefined;
  return { ...(ca && { ca }), ...(cert && key && { own: { cert, key } }) };
}

const CREDENTIALS = [
  'KAFKA_SASL_USERNAME',
  'KAFKA_SASL_PASSWORD',
  'KAFKA_SASL_PASSWORD_FILE',
  'KAFKA_SASL_TOKEN_FILE',
  'KAFKA_SASL_TOKEN_ENDPOINT',
  'KAFKA_SASL_TOKEN_SCOPE',
] as const;

function readLogin(values: SecurityVariables, faults: string[]): PasswordLogin | TokenLogin | undefined {
  const mechanism = values['KAFKA_SASL_MECHANISM'] as PasswordLogin['mechanism'] | 'oauthbearer' | undefined;
  const set = CREDENTIALS.filter((name) => values[name] !== undefined);
  if (mechanism === undefined) {
    if (set.length > 0) faults.push(`KAFKA_SASL_MECHANISM is missing, and is needed for ${set.join(', ')}`);
    return undefined;
  }
  const without = (names: readonly string[], why: string) => {
    const useless = set.filter((name) => names.includes(name));
    if (useless.length > 0) faults.push(`${useless.join(', ')}: not to be set with ${why}`);
  };
  if (mechanism !== 'oauthbearer') {
    without(
      CREDENTIALS.filter((name) => name.startsWith('KAFKA_SASL_TOKEN')),
      mechanism,
    );
    return { mechanism, ...readPassword(values, faults, mechanism) };
  }
  const file = fileOf(values, 'KAFKA_SASL_TOKEN_FILE');
  const url = values['KAFKA_SASL_TOKEN_ENDPOINT'];
  if ((file === undefined) === (url === undefined)) {
    faults.push('oauthbearer takes either KAFKA_SASL_TOKEN_FILE or KAFKA_SASL_TOKEN_ENDPOINT');
    return undefined;
  }
  if (file !== undefined) {
    without(
      CREDENTIALS.filter((name) => name !== file.variable),
      'a token file',
    );
    return { mechanism, token: file };
  }
  const { username, password } = readPassword(values, faults, 'KAFKA_SASL_TOKEN_ENDPOINT');
  const scope = values['KAFKA_SASL_TOKEN_SCOPE'] as string | undefined;
  return { mechanism, token: { url: String(url), clientId: username, clientSecret: password, scope } };
}

function readPassword(values: SecurityVariables, faults: string[], what: string) {
  const username = values['KAFKA_SASL_USERNAME'];
  const value = values['KAFKA_SASL_PASSWORD'];
  const file = fileOf(values, 'KAFKA_SASL_PASSWORD_FILE');
  if (username === undefined) faults.push(`KAFKA_SASL_USERNAME is missing, which ${what} needs`);
  if ((value === undefined) === (file === undefined))
    faults.push(`${what} needs either KAFKA_SASL_PASSWORD or KAFKA_SASL_PASSWORD_FILE`);
  const password: Secret = file ?? { value: String(value) };
  return { username: String(username), password };
}

function fileOf(values: SecurityVariables, variable: string): NamedFile | undefined {
  const path = values[variable];
  return path === undefined ? undefined : { variable, path: String(path) };
}
