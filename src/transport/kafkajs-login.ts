import { createRequire } from 'node:module';
import type { Authenticator, AuthenticationProviderArgs, Mechanism } from 'kafkajs';
import { messageOf } from '../waiting.ts';
import { connectionFault, ConnectionFault } from './connection-fault.ts';
import { readSecret, readToken } from './credential-files.ts';
import { EndpointTokens } from './oauth-token.ts';
import type { KafkaSecurity, NamedFile, PasswordLogin, TokenLogin } from './security.ts';

type SaslAuthenticate = AuthenticationProviderArgs['saslAuthenticate'];
type Provider = (credentials: {
  readonly username: string;
  readonly password: string;
}) => (args: AuthenticationProviderArgs) => Authenticator;
type TokenRequest = (
  options: object,
  token: { readonly value: string },
) => Promise<Parameters<SaslAuthenticate>[0]['request']>;

const require = createRequire(import.meta.url);
const kafkajsModule = (name: string): unknown => require(`kafkajs/src/${name}`);

/** The logins of kafkajs itself. */
const PASSWORD_PROVIDERS = {
  plain: kafkajsModule('broker/saslAuthenticator/plain') as Provider,
  'scram-sha-256': kafkajsModule('broker/saslAuthenticator/scram256') as Provider,
  'scram-sha-512': kafkajsModule('broker/saslAuthenticator/scram512') as Provider,
} as const satisfies Record<PasswordLogin['mechanism'], Provider>;
const { request: tokenRequest } = kafkajsModule('protocol/sasl/oauthBearer') as { readonly request: TokenRequest };

/** Exchanges the messages of a login, with the current credentials. */
type LogIn = (args: AuthenticationProviderArgs) => Promise<void>;

/**
 * Returns how kafkajs logs in. Its own logins keep the credentials of the start, and report a broken connection as a refused
 * login.
 */
export function loginMechanism({ login, tls }: KafkaSecurity): Mechanism | undefined {
  if (login === undefined) return undefined;
  const logIn = login.mechanism === 'oauthbearer' ? byToken(login, tls?.ca) : byPassword(login);
  return {
    mechanism: login.mechanism,
    authenticationProvider: (args) => ({ authenticate: () => guarded(logIn, args) }),
  };
}

async function guarded(logIn: LogIn, args: AuthenticationProviderArgs): Promise<void> {
  let lastError: unknown;
  async function saslAuthenticate<Result>(exchange: Parameters<typeof args.saslAuthenticate<Result>>[0]) {
    try {
      return await args.saslAuthenticate<Result>(exchange);
    } catch (error) {
      lastError = error;
      throw error;
    }
  }
  try {
    await logIn({ ...args, saslAuthenticate });
  } catch (error) {
    if (error instanceof ConnectionFault) throw error;
    if (connectionFault(lastError) !== undefined) throw lastError;
    const what = 'The broker refuses the login with KAFKA_SASL_MECHANISM';
    throw new ConnectionFault('BROKER_LOGIN_REFUSED', what, `${args.host}:${String(args.port)}`, messageOf(error));
  }
}

function byPassword({ mechanism, username, password: secret }: PasswordLogin): LogIn {
  return (args) => {
    const password = readSecret(secret);
    return hiding(password, () => PASSWORD_PROVIDERS[mechanism]({ username, password })(args).authenticate());
  };
}

/** Drops the text of a refusal that repeats what was sent: it goes to the log. */
async function hiding(secret: string, logIn: () => Promise<void>): Promise<void> {
  try {
    await logIn();
  } catch (error) {
    if (messageOf(error).includes(secret)) throw new Error('its text, which repeats the credentials, is left out');
    throw error;
  }
}

/** Returns whether a log entry of kafkajs is the refusal of a login: it has the whole text of the broker. The login reports it, too. */
export function isRefusalEntry(message: string): boolean {
  return message.startsWith('Response SaslAuthenticate');
}

/** The broker answers a token with nothing, or with a fault. Both begin with their size. */
const CHALLENGE = { decode: (raw: Buffer) => raw, parse: (raw: Buffer) => raw };
/** What a client has to send after a refusal (RFC 7628, 3.2.3) to get the error. */
const TO_REFUSAL = { encode: () => Buffer.from([0, 0, 0, 1, 1]) };

function byToken({ token: source }: TokenLogin, ca: NamedFile | undefined): LogIn {
  const tokens = 'url' in source ? new EndpointTokens(source, ca) : undefined;
  return async ({ saslAuthenticate }) => {
    const value = tokens === undefined ? readToken(source as NamedFile) : await tokens.token();
    try {
      await hiding(value, async () => {
        const request = await tokenRequest({}, { value });
        // kafkajs treats a refused login as a success, and the broker then closes the connection at the first request.
        const challenge = await saslAuthenticate<Buffer>({ request, response: CHALLENGE });
        if (challenge && challenge.readInt32BE(0) > 0) await saslAuthenticate({ request: TO_REFUSAL });
      });
    } catch (error) {
      tokens?.refused(value);
      throw error;
    }
  };
}
