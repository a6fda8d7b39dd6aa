/** The table of all environment variables that the service reads. */
import { channels } from '../generated/contract/channels.js';
import { FORWARDED_PATTERN } from './forwarded-names.ts';
import { MIN_CONNECTIONS } from './store/connection-shares.ts';
import { COMPRESSIONS } from './transport/compression.ts';
import { SASL_MECHANISMS } from './transport/security.ts';

/** One environment variable: its JSON Schema, and its meaning for the operator. */
export interface Variable {
  readonly type: 'string' | 'integer';
  readonly default?: string | number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly format?: 'url';
  /** The allowed values, in words. */
  readonly rule: string;
  readonly meaning: string;
  /** The name that the variable had before; it is still read, with a warning. */
  readonly formerName?: string;
}

/** Without query and fragment, because paths are appended. */
const BASE_URL = {
  type: 'string',
  pattern: '^https?://[^\\s?#]+$',
  format: 'url',
  rule: 'an http or https URL',
} as const;
const FILE = { type: 'string', pattern: '\\S' } as const;
const TOPIC_NAME = '^[a-zA-Z0-9._-]{1,249}$';

/** docs/configuration.md is written from this table. */
const VARIABLES = {
  KAFKA_BROKERS: {
    type: 'string',
    pattern: '^[^\\s,:]+:\\d{1,5}(,[^\\s,:]+:\\d{1,5})*$',
    rule: 'host:port, several separated by commas',
    meaning: 'The Kafka brokers to connect to first.',
  },
  KAFKA_TLS: {
    type: 'string',
    enum: ['true', 'false'],
    rule: 'true or false',
    meaning:
      'Whether connections to the brokers are encrypted. The default is true if one of the KAFKA_TLS files is set. Without KAFKA_TLS_CA_FILE the service trusts the root certificates of Node and of the system.',
  },
  KAFKA_TLS_CA_FILE: {
    ...FILE,
    rule: 'the path of a PEM file',
    meaning: 'The certificates of the only authorities that the service trusts.',
  },
  KAFKA_TLS_CERT_FILE: {
    ...FILE,
    rule: 'the path of a PEM file',
    meaning: "The service's own certificate and its chain, for brokers that require client certificates.",
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
    meaning: 'How the service logs in to the brokers. Without it, there is no login.',
  },
  KAFKA_SASL_USERNAME: {
    type: 'string',
    rule: 'text',
    meaning: 'The user. With a token endpoint, the client id.',
  },
  KAFKA_SASL_PASSWORD: {
    type: 'string',
    rule: 'text',
    meaning: 'The password. With a token endpoint, the client secret. A file is safer.',
  },
  KAFKA_SASL_PASSWORD_FILE: {
    ...FILE,
    rule: 'the path of a file',
    meaning: 'The file with the password, instead of KAFKA_SASL_PASSWORD. A line break at its end is ignored.',
  },
  KAFKA_SASL_TOKEN_FILE: {
    ...FILE,
    rule: 'the path of a file',
    meaning: 'The file with the token of oauthbearer, which another program renews.',
  },
  KAFKA_SASL_TOKEN_ENDPOINT: {
    type: 'string',
    pattern: '^https?://[^\\s@#]+$',
    format: 'url',
    rule: 'an http or https URL without user and password',
    meaning: 'The endpoint that issues tokens of oauthbearer for client credentials (OAuth 2.0), instead of a file.',
  },
  KAFKA_SASL_TOKEN_SCOPE: {
    type: 'string',
    rule: 'names separated by spaces',
    meaning: 'The scope of the requested tokens.',
  },
  KAFKA_GROUP_ID: {
    type: 'string',
    default: 'pet-service',
    pattern: '^\\S{1,200}$',
    rule: '1 to 200 characters without spaces',
    meaning: 'The consumer group. All instances of a group share its partitions.',
  },
  KAFKA_START: {
    type: 'string',
    enum: ['earliest', 'latest'],
    rule: 'earliest or latest',
    meaning: 'Where a group without stored offsets starts. The default is earliest.',
  },
  KAFKA_SESSION_TIMEOUT_MS: {
    type: 'integer',
    default: 30_000,
    minimum: 6_000,
    maximum: 300_000,
    rule: '6000 to 300000',
    meaning: 'Milliseconds without a heartbeat after which the partitions of an instance go to others.',
  },
  KAFKA_COMPRESSION: {
    type: 'string',
    default: 'none',
    enum: COMPRESSIONS,
    rule: COMPRESSIONS.join(', '),
    meaning: 'The compression of sent records. The service reads records in all of these.',
  },
  KAFKA_MAX_BATCH_BYTES: {
    type: 'integer',
    default: 67_108_864,
    minimum: 1_048_576,
    maximum: 1_073_741_824,
    rule: '1048576 to 1073741824',
    meaning:
      'The largest record batch that is consumed, in bytes when decompressed. A partition stops before a larger one.',
  },
  DATABASE_URL: {
    type: 'string',
    // At most one @: an unescaped @ in the password would make a part of the password the host, which is logged.
    pattern: '^postgres(ql)?://[^\\s@]*(@[^\\s@]+)?$',
    rule: 'postgresql://user:password@host:port/database, with @ : and / in the password percent-encoded',
    meaning: "The Postgres database, with libpq's `sslmode`, `sslrootcert`, `sslcert` and `sslkey` as parameters.",
  },
  DATABASE_PASSWORD_FILE: {
    type: 'string',
    pattern: '\\S',
    rule: 'the path of a file with the password alone',
    meaning: 'The file with the password, if DATABASE_URL has none. Each new connection reads it again.',
  },
  DATABASE_MAX_CONNECTIONS: {
    type: 'integer',
    default: 20,
    minimum: MIN_CONNECTIONS,
    maximum: 110,
    rule: `${String(MIN_CONNECTIONS)} to 110`,
    meaning: 'The most connections to the database that this instance opens.',
  },
  FORWARDED_HEADERS: {
    type: 'string',
    default: 'ENVIRONMENT',
    pattern: FORWARDED_PATTERN,
    rule: 'at most 16 header names separated by commas, without those of the contract and of HTTP itself; or `none`',
    meaning: 'Headers that are copied from a consumed message, or an HTTP request, to everything that it causes.',
  },
  PET_TEMPLATES_FILE: {
    ...FILE,
    rule: 'the path of a JSON file',
    meaning: 'The catalogue of pet templates. The default is the one that ships with the service.',
  },
  HUNGER_INTERVAL_MS: {
    type: 'integer',
    default: 180_000,
    minimum: 100,
    maximum: 86_400_000,
    rule: '100 to 86400000',
    meaning: "Milliseconds between two losses of fullness of a logged-in character's spawned pets.",
  },
  EXPIRATION_INTERVAL_MS: {
    type: 'integer',
    default: 10_000,
    minimum: 100,
    maximum: 30_000,
    rule: '100 to 30000',
    meaning: 'Milliseconds between two sweeps for expired pets.',
  },
  CHARACTERS_BASE_URL: {
    ...BASE_URL,
    meaning: 'The service that has the positions of characters. Without it, a pet without a position spawns at 0, 0.',
  },
  DATA_BASE_URL: {
    ...BASE_URL,
    meaning: 'The service that has pet templates and footholds. Without it, the catalogue and foothold 1 are used.',
  },
  INVENTORY_BASE_URL: {
    ...BASE_URL,
    meaning:
      "The service that has the pet of each inventory item. Without it, a deleted item must be the owner's only pet of its template.",
  },
  SKILLS_BASE_URL: {
    ...BASE_URL,
    meaning: 'The service that has the skill to spawn several pets. Without it, every character has the skill.',
  },
  OUTBOX_MAX_ROWS: {
    type: 'integer',
    default: 100_000,
    minimum: 1,
    maximum: 10_000_000,
    rule: '1 to 10000000',
    formerName: 'OUTBOX_MOST_ROWS',
    meaning:
      'The most events that may wait for a topic. Beyond it, nothing that causes events for that topic is consumed or created.',
  },
  OUTBOX_MAX_AGE_MS: {
    type: 'integer',
    default: 60_000,
    minimum: 1_000,
    maximum: 86_400_000,
    rule: '1000 to 86400000',
    formerName: 'OUTBOX_MOST_AGE_MS',
    meaning:
      'The most milliseconds that an event may wait for its topic. Beyond it, nothing that causes events for that topic is consumed or created.',
  },
  HTTP_PORT: {
    type: 'integer',
    default: 8080,
    minimum: 1,
    maximum: 65_535,
    rule: '1 to 65535',
    meaning: 'The port of the HTTP server.',
  },
  HTTP_HOST: {
    type: 'string',
    default: '127.0.0.1',
    pattern: '^\\S+$',
    rule: 'an address or host name',
    meaning: 'The address that the HTTP server listens on; 0.0.0.0 means all.',
  },
  SHUTDOWN_DELAY_MS: {
    type: 'integer',
    default: 0,
    minimum: 0,
    maximum: 300_000,
    rule: '0 to 300000',
    meaning:
      'Milliseconds after SIGTERM in which /readyz answers 503 and everything else continues, before the service stops.',
  },
  LOG_LEVEL: {
    type: 'string',
    default: 'info',
    enum: ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    rule: 'fatal, error, warn, info, debug, trace or silent',
    meaning: 'The lowest level that is logged.',
  },
} as const satisfies Readonly<Record<string, Variable>>;

/** Defaults that others than the service itself use too. */
export const defaults = {
  KAFKA_GROUP_ID: VARIABLES.KAFKA_GROUP_ID.default,
  KAFKA_MAX_BATCH_BYTES: VARIABLES.KAFKA_MAX_BATCH_BYTES.default,
} as const;

/** Returns the variables of the table, and those of the contract's topics. */
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
