/** Every variable of the environment that the service reads, in one table. */
import { channels } from '../generated/contract/channels.ts';
import { FORWARDED_PATTERN } from './forwarded-names.ts';
import { MIN_CONNECTIONS } from './store/connection-shares.ts';
import { COMPRESSIONS } from './transport/compression.ts';
import { SASL_MECHANISMS } from './transport/security.ts';

/** One variable of the environment: its JSON Schema, and what it means to the operator. */
export interface Variable {
  readonly type: 'string' | 'integer';
  readonly default?: string | number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly format?: 'url';
  /** What the value has to look like, in words. */
  readonly rule: string;
  readonly meaning: string;
  /** The name that the variable had before; it is still read, with a warning. */
  readonly formerName?: string;
}

/** No query and no fragment: paths are put behind it. */
const BASE_URL = {
  type: 'string',
  pattern: '^https?://[^\\s?#]+$',
  format: 'url',
  rule: 'an http or https URL',
} as const;
const FILE = { type: 'string', pattern: '\\S' } as const;
const TOPIC_NAME = '^[a-zA-Z0-9._-]{1,249}$';

/** Every variable that the service reads. docs/configuration.md is this table for people. */
const VARIABLES = {
  KAFKA_BROKERS: {
    type: 'string',
    pattern: '^[^\\s,:]+:\\d{1,5}(,[^\\s,:]+:\\d{1,5})*$',
    rule: 'host:port, several with commas between',
    meaning: 'The Kafka brokers to start from.',
  },
  KAFKA_TLS: {
    type: 'string',
    enum: ['true', 'false'],
    rule: 'true or false',
    meaning:
      'Whether connections to the brokers are encrypted; true when not set and one of the KAFKA_TLS files is. Trusts the roots of Node and of the system where KAFKA_TLS_CA_FILE is not set.',
  },
  KAFKA_TLS_CA_FILE: {
    ...FILE,
    rule: 'the path of a PEM file',
    meaning: 'The certificates of the authorities that are trusted, and no others.',
  },
  KAFKA_TLS_CERT_FILE: {
    ...FILE,
    rule: 'the path of a PEM file',
    meaning: 'The certificate (and its chain) that the service shows to brokers which want one of their clients.',
  },
  KAFKA_TLS_KEY_FILE: {
    ...FILE,
    rule: 'the path of a PEM file',
    meaning: 'The private key of that certificate, without a passphrase.',
  },
  KAFKA_SASL_MECHANISM: {
    type: 'string',
    enum: SASL_MECHANISMS,
    rule: SASL_MECHANISMS.join(', '),
    meaning: 'How the service logs in at the brokers; not at all when not set.',
  },
  KAFKA_SASL_USERNAME: {
    type: 'string',
    rule: 'text',
    meaning: 'The user; with a token endpoint, the client id.',
  },
  KAFKA_SASL_PASSWORD: {
    type: 'string',
    rule: 'text',
    meaning: 'The password; with a token endpoint, the client secret. Better in a file.',
  },
  KAFKA_SASL_PASSWORD_FILE: {
    ...FILE,
    rule: 'the path of a file',
    meaning: 'The file with the password, in place of KAFKA_SASL_PASSWORD. A line break at its end is left out.',
  },
  KAFKA_SASL_TOKEN_FILE: {
    ...FILE,
    rule: 'the path of a file',
    meaning: 'The file with the token of oauthbearer, renewed by somebody else.',
  },
  KAFKA_SASL_TOKEN_ENDPOINT: {
    type: 'string',
    pattern: '^https?://[^\\s@#]+$',
    format: 'url',
    rule: 'an http or https URL without user and password',
    meaning: 'Where tokens of oauthbearer are got by client credentials (OAuth 2.0), in place of a file.',
  },
  KAFKA_SASL_TOKEN_SCOPE: {
    type: 'string',
    rule: 'names with spaces between',
    meaning: 'The scope that is asked for at the token endpoint.',
  },
  KAFKA_GROUP_ID: {
    type: 'string',
    default: 'pet-service',
    pattern: '^\\S{1,200}$',
    rule: '1 to 200 characters without spaces',
    meaning: 'The consumer group. Instances of one group share the partitions.',
  },
  KAFKA_START: {
    type: 'string',
    enum: ['earliest', 'latest'],
    rule: 'earliest or latest',
    meaning: 'Where a group starts that has no offsets anywhere; earliest when not set.',
  },
  KAFKA_SESSION_TIMEOUT_MS: {
    type: 'integer',
    default: 30_000,
    minimum: 6_000,
    maximum: 300_000,
    rule: '6000 to 300000',
    meaning: 'Milliseconds without a heartbeat until the group gives the partitions of an instance to others.',
  },
  KAFKA_COMPRESSION: {
    type: 'string',
    default: 'none',
    enum: COMPRESSIONS,
    rule: COMPRESSIONS.join(', '),
    meaning: 'How what the service sends is compressed. Records in every one of these are read.',
  },
  KAFKA_MAX_BATCH_BYTES: {
    type: 'integer',
    default: 67_108_864,
    minimum: 1_048_576,
    maximum: 1_073_741_824,
    rule: '1048576 to 1073741824',
    meaning: 'Bytes of a consumed record batch when decompressed. A partition stops before a larger one.',
  },
  DATABASE_URL: {
    type: 'string',
    // One @ at most: in a password it has to be escaped, or a part of that would be taken for the host, and shown.
    pattern: '^postgres(ql)?://[^\\s@]*(@[^\\s@]+)?$',
    rule: 'postgresql://user:password@host:port/database, with @ : and / of the password percent-encoded',
    meaning: "The Postgres database, with libpq's `sslmode`, `sslrootcert`, `sslcert` and `sslkey` as parameters.",
  },
  DATABASE_PASSWORD_FILE: {
    type: 'string',
    pattern: '\\S',
    rule: 'the path of a file with the password alone',
    meaning: 'The password, where DATABASE_URL has none; the file is read again at each new connection.',
  },
  DATABASE_MAX_CONNECTIONS: {
    type: 'integer',
    default: 20,
    minimum: MIN_CONNECTIONS,
    maximum: 110,
    rule: `${String(MIN_CONNECTIONS)} to 110`,
    meaning: 'Connections to the database that this instance opens at most.',
  },
  FORWARDED_HEADERS: {
    type: 'string',
    default: 'ENVIRONMENT',
    pattern: FORWARDED_PATTERN,
    rule: "header names with commas between, at most 16, none of the contract's own or of HTTP's; or `none`",
    meaning: 'Headers that are carried from a consumed message, or an HTTP request, to all that it causes.',
  },
  PET_TEMPLATES_FILE: {
    ...FILE,
    rule: 'the path of a JSON file',
    meaning: 'The catalogue of pet templates; the one that ships with the service when not set.',
  },
  HUNGER_INTERVAL_MS: {
    type: 'integer',
    default: 180_000,
    minimum: 100,
    maximum: 86_400_000,
    rule: '100 to 86400000',
    meaning: "Milliseconds from one look at the hunger of a logged-in character's spawned pets to the next.",
  },
  EXPIRATION_INTERVAL_MS: {
    type: 'integer',
    default: 10_000,
    minimum: 100,
    maximum: 30_000,
    rule: '100 to 30000',
    meaning: 'Milliseconds from one look for spawned pets that have expired to the next.',
  },
  CHARACTERS_BASE_URL: {
    ...BASE_URL,
    meaning: 'The service that is asked where a character stands; a fresh spawn is at 0, 0 when not set.',
  },
  DATA_BASE_URL: {
    ...BASE_URL,
    meaning: 'The service that is asked for pet templates and footholds; the catalogue, and foothold 1, when not set.',
  },
  INVENTORY_BASE_URL: {
    ...BASE_URL,
    meaning: 'The service that is asked which pet a deleted item was; the only one of its template when not set.',
  },
  SKILLS_BASE_URL: {
    ...BASE_URL,
    meaning: 'The service that is asked who may have more than one pet out; everyone may when not set.',
  },
  OUTBOX_MAX_ROWS: {
    type: 'integer',
    default: 100_000,
    minimum: 1,
    maximum: 10_000_000,
    rule: '1 to 10000000',
    formerName: 'OUTBOX_MOST_ROWS',
    meaning: 'Events that may wait for a topic; beyond that nothing is consumed or created that would add to them.',
  },
  OUTBOX_MAX_AGE_MS: {
    type: 'integer',
    default: 60_000,
    minimum: 1_000,
    maximum: 86_400_000,
    rule: '1000 to 86400000',
    formerName: 'OUTBOX_MOST_AGE_MS',
    meaning:
      'Milliseconds that an event may wait for its topic; beyond that nothing is consumed or created that would add to them.',
  },
  HTTP_PORT: {
    type: 'integer',
    default: 8080,
    minimum: 1,
    maximum: 65_535,
    rule: '1 to 65535',
    meaning: 'The port of the HTTP side.',
  },
  HTTP_HOST: {
    type: 'string',
    default: '127.0.0.1',
    pattern: '^\\S+$',
    rule: 'an address or host name',
    meaning: 'The address the HTTP side listens on; 0.0.0.0 is every one.',
  },
  SHUTDOWN_DELAY_MS: {
    type: 'integer',
    default: 0,
    minimum: 0,
    maximum: 300_000,
    rule: '0 to 300000',
    meaning: 'Milliseconds after SIGTERM in which /readyz answers 503 and all else goes on, before the service stops.',
  },
  LOG_LEVEL: {
    type: 'string',
    default: 'info',
    enum: ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    rule: 'fatal, error, warn, info, debug, trace or silent',
    meaning: 'The least level that is logged.',
  },
} as const satisfies Readonly<Record<string, Variable>>;

/** The contract's topic variables beside the table's own. */
export function allVariables(): Record<string, Variable> {
  const topics = channels.map((channel) => [
    channel.env,
    {
      type: 'string' as const,
      default: channel.address,
      pattern: TOPIC_NAME,
      rule: '1 to 249 letters, digits, dots, dashes and underscores',
      meaning: `The topic of the contract's channel ${channel.name}.`,
    },
  ]);
  return { ...VARIABLES, ...(Object.fromEntries(topics) as Record<string, Variable>) };
}
