import { messageOf } from './waiting.ts';

/**
 * Every error that the service tells somebody, and what to do about it. docs/errors.md has a paragraph for each. Why a
 * record became a dead letter, or a command was rejected, is said by the contract.
 */
export const ERRORS = {
  // To whoever runs the service: at start, in the log, on /readyz.
  CONFIG_INVALID: 'Correct what is named and start again',
  PET_TEMPLATES_INVALID: 'Correct the file, or unset PET_TEMPLATES_FILE',
  PORT_TAKEN: 'Set HTTP_PORT or HTTP_HOST to an address that is free',
  DATABASE_UNREACHABLE: 'Start the database, or correct DATABASE_URL; the service waits for it',
  DATABASE_LOGIN_REFUSED:
    'Correct role and password, or the line of pg_hba.conf; the service tries again, with the password file as it is then',
  DATABASE_UNKNOWN: 'Create the database, or correct its name in DATABASE_URL; the service tries again',
  DATABASE_STOPPING: 'The service connects again as soon as the database takes connections',
  DATABASE_CONNECTIONS_EXHAUSTED:
    'Raise max_connections or the limit of the role, or lower DATABASE_MAX_CONNECTIONS; the service tries again',
  DATABASE_DISK_FULL: 'Free disk space at the database, or add some; the service tries again, and nothing is lost',
  DATABASE_CERTIFICATE_INVALID:
    'Renew the certificate, or correct the host name or the files in DATABASE_URL; the service tries again',
  DATABASE_TLS_REFUSED:
    'Set sslmode in DATABASE_URL as the server has it, or turn TLS on there; the service tries again',
  DATABASE_FILES_UNREADABLE: 'Correct the file; the service reads it again each time it connects',
  DATABASE_TOO_OLD: 'Upgrade the database to Postgres 14 or later',
  DATABASE_POOLED:
    'Let DATABASE_URL name the database itself: the service pools its connections, and needs each for itself',
  DATABASE_SETTINGS:
    'Take what sets them otherwise out of DATABASE_URL, the role or the database; encodings must be UTF8',
  DATABASE_READ_ONLY: 'Point DATABASE_URL to the primary, or let it take writes; the service waits for it',
  DATABASE_RIGHTS_MISSING: 'Grant what is named to the role of DATABASE_URL; the service waits for it',
  CLOCK_SKEWED: "Set this machine's clock, or the database's: what is due is decided by the database's",
  MIGRATIONS_PENDING: 'Run: npm run migrate',
  BROKER_UNREACHABLE: 'Start the broker, or correct KAFKA_BROKERS; the service waits for it',
  BROKER_LOGIN_REFUSED: 'Correct user, password or token, or the user at the broker; the service tries again',
  BROKER_CERTIFICATE_INVALID:
    "Renew the broker's certificate, or correct KAFKA_TLS_CA_FILE or KAFKA_BROKERS; the service tries again",
  BROKER_REFUSES_CERTIFICATE:
    'Put a certificate that the broker trusts into KAFKA_TLS_CERT_FILE and KAFKA_TLS_KEY_FILE; the service tries again',
  BROKER_TLS_MISMATCH: 'Set KAFKA_TLS to what the listener of the broker speaks; the service tries again',
  BROKER_FILES_UNREADABLE: 'Correct the file; it is read again with each new connection',
  BROKER_TOKEN_UNAVAILABLE: 'Look at the token endpoint, and at the client there; the service tries again',
  BROKER_RIGHTS_MISSING: "Grant it to the service's user at the broker; the service tries again",
  TOPICS_MISSING: 'Run: npm run topics',
  CONSUMER_OUT: 'The service tries to get back into its group; where that takes long, look at the broker',
  BATCH_NOT_APPLIED: 'The service tries again; where that takes long, look at the database',
  LANE_BLOCKED:
    'The other partitions go on; look for a database session that holds a row lock, or for statements that take too long',
  POSITIONS_NOT_WRITTEN: 'The service tries again; where that takes long, look at the database',
  REFERENCE_UNREACHABLE:
    'The service asks again, and what depends on the answer waits; look at the service that is named',
  SWEEP_NOT_DONE: 'The service tries again; where that takes long, look at the database',
  EVENTS_CANNOT_LEAVE: 'The service tries again; where that takes long, look at the broker',
  BROKER_THROTTLES:
    'Raise the quota of the client pet-service at the broker, or leave it: the service is as slow as it asks for',
  OUTBOX_FULL:
    'Nothing more that goes to that topic is consumed or created until events leave again; look at the broker',
  OUTBOX_UNREADABLE: 'Until it can, no more events are made; look at the database',
  RECORD_PARKED: 'Raise max.message.bytes of the topic, then run: npm run parked -- return',
  OFFSETS_UNREADABLE: 'The service tries again; where that takes long, look at database and broker',
  GROUP_RENAMED:
    'Set KAFKA_GROUP_ID back, or run: npm run offsets -- copy, or name KAFKA_START to start this group anew',
  OFFSET_LOST: 'To go on without them run: npm run offsets -- set, with the start of the log',
  OFFSET_BEYOND: 'To say where reading should start run: npm run offsets -- set',
  OFFSET_OTHER_LOG: 'To say where reading should start run: npm run offsets -- set',
  BATCH_UNREADABLE: 'To go on behind it run: npm run offsets -- set, with that offset',
  PARTITION_MISSING: 'Look at the topic: its broker may be away',
  CREDENTIALS_UNENCRYPTED: 'Set KAFKA_TLS=true, and the port in KAFKA_BROKERS to a listener with TLS',
  VARIABLE_RENAMED: 'Set the new name instead; the former one is still read',
  TOPICS_CHANGED: 'Look who deletes and creates topics; the service reads those that exist',
  OFFSETS_MOVED: 'Nothing has to be done if an operator has moved them; the service goes on from where they are now',
  FACT_FAILED: 'Look at that service; the fact counts as none, and the log does not say so again',
  TEMPLATE_UNKNOWN: 'Add it to the catalogue, or to the data service; its pets are never hungry and know no trick',
  DEAD_LETTER_LOST: 'Look at the record in its topic while it is there; the service goes on without it',
  RESULT_NOT_LOGGED: 'Tell whoever maintains the service; the records are applied, and only metrics and log lack them',
  LOG_LINES_DROPPED: 'Look at what reads the log of the service: it is too slow',
  NODE_WARNING: 'Tell whoever maintains the service; it goes on',
  STOP_INCOMPLETE: 'Nothing is lost: other instances, or the next start, take up what it leaves',
  UNCAUGHT: 'Tell whoever maintains the service; a restart goes on where it was',
  // To whoever asks by HTTP.
  TENANT_INVALID: 'Send TENANT_ID, REGION, MAJOR_VERSION and MINOR_VERSION once each, as text',
  BODY_INVALID: 'Send a JSON:API document with one pet',
  ATTRIBUTE_INVALID: 'Send a value of the right type',
  ATTRIBUTE_MISSING: 'Send the attribute that is named',
  ATTRIBUTE_OUT_OF_RANGE: 'Send a value within the range',
  TYPE_CONFLICT: 'Send a resource of type pets',
  ID_CONFLICT: 'Leave the id out, or send "0": the service gives one',
  OWNER_CONFLICT: 'Send the same owner as in the path, or leave ownerId out',
  ID_INVALID: 'Send a number from 0 to 4294967295',
  PAGE_INVALID: 'Send a page[number] of 1 or more and a page[size] from 1 to 1000',
  PET_NOT_FOUND: 'Look whether tenant and id are right: the pet may have been deleted',
  PATH_NOT_FOUND: 'Look at / for what there is',
  MEDIA_TYPE_UNSUPPORTED: 'Send application/vnd.api+json or application/json',
  BODY_TOO_LARGE: 'Send less: one pet takes some hundred bytes',
  REQUEST_INVALID: 'Send a well-formed HTTP request',
  OVERLOADED: 'Try again after the seconds in Retry-After',
  INTERNAL: 'Tell whoever runs the service: its log has more, with the traceparent of the request',
} as const;

export type ErrorCode = keyof typeof ERRORS;

/**
 * What is wrong, what to do, and the code to look it up by: one line for logs, people and `/readyz`. Anybody may read it, so
 * `what` never has the text of an error in it that another system wrote: that may name its users and hosts.
 */
export function sentence(code: ErrorCode, what: string): string {
  const end = /[.?\n]$/.test(what) ? '' : '.';
  return `${what}${end}${what.endsWith('\n') ? '' : ' '}${ERRORS[code]}. (${code})`;
}

/** An error with its code; the message says what is wrong, why, and what to do. */
export class ServiceError extends Error {
  readonly code: ErrorCode;
  /** What is wrong, alone. */
  readonly what: string;
  /** The message without the text of its cause, for anybody. */
  readonly reason: string;

  /** @param cause the error of another system. */
  constructor(code: ErrorCode, what: string, cause?: unknown) {
    super(sentence(code, cause === undefined ? what : `${what}: ${messageOf(cause)}`), { cause });
    this.name = 'ServiceError';
    this.code = code;
    this.what = what;
    this.reason = sentence(code, what);
  }
}
