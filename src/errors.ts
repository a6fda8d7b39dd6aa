import { messageOf } from './waiting.ts';

/**
 * Every error code of the service, with what to do about the error. docs/errors.md has a section for each. The contract has
 * the reasons why a record becomes a dead letter and why a command is rejected.
 */
export const ERRORS = {
  // For the operator: at start, in the log, on /readyz.
  CONFIG_INVALID: 'Correct the variables named here and start again',
  PET_TEMPLATES_INVALID: 'Correct the file, or unset PET_TEMPLATES_FILE',
  PORT_TAKEN: 'Set HTTP_PORT or HTTP_HOST to a free address',
  DATABASE_UNREACHABLE: 'Start the database, or correct DATABASE_URL; the service waits',
  DATABASE_LOGIN_REFUSED:
    'Correct role, password or pg_hba.conf; the service retries, and reads the password file again',
  DATABASE_UNKNOWN: 'Create the database, or correct its name in DATABASE_URL; the service retries',
  DATABASE_STOPPING: 'The service reconnects when the database accepts connections again',
  DATABASE_CONNECTIONS_EXHAUSTED:
    'Raise max_connections or the limit of the role, or lower DATABASE_MAX_CONNECTIONS; the service retries',
  DATABASE_DISK_FULL: 'Free disk space at the database, or add some; nothing is lost, and the service retries',
  DATABASE_CERTIFICATE_INVALID:
    'Renew the certificate, or correct the host name or the files in DATABASE_URL; the service retries',
  DATABASE_TLS_REFUSED: 'Set sslmode in DATABASE_URL to match the server, or turn TLS on there; the service retries',
  DATABASE_FILES_UNREADABLE: 'Correct the file; each new connection reads it again',
  DATABASE_TOO_OLD: 'Upgrade the database to Postgres 14 or later',
  DATABASE_POOLED: 'Let DATABASE_URL name the database itself and not a connection pooler',
  DATABASE_SETTINGS: 'Remove these settings from DATABASE_URL, the role or the database; encodings must be UTF8',
  DATABASE_READ_ONLY: 'Let DATABASE_URL name the primary, or make the database writable; the service waits',
  DATABASE_RIGHTS_MISSING: 'Grant these rights to the role of DATABASE_URL; the service waits',
  CLOCK_SKEWED: "Set this machine's clock, or the database's, which decides what is due",
  MIGRATIONS_PENDING: 'Run: npm run migrate',
  BROKER_UNREACHABLE: 'Start the broker, or correct KAFKA_BROKERS; the service waits',
  BROKER_LOGIN_REFUSED: 'Correct user, password or token, or the user at the broker; the service retries',
  BROKER_CERTIFICATE_INVALID:
    "Renew the broker's certificate, or correct KAFKA_TLS_CA_FILE or KAFKA_BROKERS; the service retries",
  BROKER_REFUSES_CERTIFICATE:
    'Put a certificate that the broker trusts into KAFKA_TLS_CERT_FILE and KAFKA_TLS_KEY_FILE; the service retries',
  BROKER_TLS_MISMATCH: "Set KAFKA_TLS to match the broker's listener; the service retries",
  BROKER_FILES_UNREADABLE: 'Correct the file; each new connection reads it again',
  BROKER_TOKEN_UNAVAILABLE: 'Check the token endpoint, and the client there; the service retries',
  BROKER_RIGHTS_MISSING: "Grant the right to the service's user at the broker; the service retries",
  TOPICS_MISSING: 'Run: npm run topics',
  CONSUMER_OUT: 'The service tries to rejoin its group; if this lasts, check the broker',
  BATCH_NOT_APPLIED: 'The service retries; if this lasts, check the database',
  LANE_BLOCKED:
    'The other partitions continue; find the database session that holds a row lock, or the statement that takes too long',
  POSITIONS_NOT_WRITTEN: 'The service retries; if this lasts, check the database',
  REFERENCE_UNREACHABLE: 'Check that service; this service retries, and records that need the answer wait',
  SWEEP_NOT_DONE: 'The service retries; if this lasts, check the database',
  EVENTS_CANNOT_LEAVE: 'The service retries; if this lasts, check the broker',
  BROKER_THROTTLES: 'Raise the quota of the client pet-service at the broker, or accept that records are late',
  OUTBOX_FULL:
    'Check the broker; until events are sent again, nothing that causes events for that topic is consumed or created',
  OUTBOX_UNREADABLE:
    'Check the database; until the outbox can be read, nothing that causes events is consumed or created',
  RECORD_PARKED: 'Raise max.message.bytes of the topic, then run: npm run parked -- return',
  RECORD_TOO_LARGE: 'Read its row in the table outbox, give its value to those who need it, then delete the row',
  OFFSETS_UNREADABLE: 'The service retries; if this lasts, check database and broker',
  GROUP_RENAMED:
    'Set KAFKA_GROUP_ID back, or run: npm run offsets -- copy, or set KAFKA_START to start this group anew',
  OFFSET_LOST: 'To continue without them run: npm run offsets -- set, with the start of the log',
  OFFSET_BEYOND: 'To choose where reading starts run: npm run offsets -- set',
  OFFSET_OTHER_LOG: 'To choose where reading starts run: npm run offsets -- set',
  BATCH_UNREADABLE: 'To skip the batch run: npm run offsets -- set, with the offset of the next batch',
  PARTITION_MISSING: 'Check the topic: the broker with this partition may be down',
  CREDENTIALS_UNENCRYPTED: 'Set KAFKA_TLS=true, and the port in KAFKA_BROKERS to a listener with TLS',
  VARIABLE_RENAMED: 'Set the new name instead; the former one is still read',
  TOPICS_CHANGED:
    'If this was not intended, find out who deletes and creates topics; the service reads those that exist',
  OFFSETS_MOVED: 'Nothing has to be done: the service continues at the new offsets',
  FACT_FAILED: 'Check that service; the pet gets the default position, and further failures are only counted',
  TEMPLATE_UNKNOWN: 'Add it to the catalogue, or to the data service; its pets never get hungry and know no tricks',
  DEAD_LETTER_LOST: 'Read the record in its topic while it is there; the service continues without it',
  RESULT_NOT_LOGGED:
    'Report it to the maintainers of the service; the records are applied, and only missing in metrics and log',
  LOG_LINES_DROPPED: 'Check the process that reads the log of the service: it is too slow',
  NODE_WARNING: 'Report it to the maintainers of the service, which continues',
  STOP_INCOMPLETE: 'Nothing is lost: other instances, or the next start, continue its work',
  UNCAUGHT: 'Report it to the maintainers of the service; a restart continues its work',
  // For HTTP clients.
  TENANT_INVALID: 'Send TENANT_ID, REGION, MAJOR_VERSION and MINOR_VERSION once each, as text',
  BODY_INVALID: 'Send a JSON:API document with one pet',
  ATTRIBUTE_INVALID: 'Send a value of the right type',
  ATTRIBUTE_MISSING: 'Send the attribute',
  ATTRIBUTE_OUT_OF_RANGE: 'Send a value within the range',
  TYPE_CONFLICT: 'Send a resource of type pets',
  ID_CONFLICT: 'Leave the id out, or send "0": the service assigns one',
  OWNER_CONFLICT: 'Send the same owner as in the path, or leave ownerId out',
  ID_INVALID: 'Send a number from 0 to 4294967295',
  PAGE_INVALID: 'Send a page[number] of 1 or more and a page[size] from 1 to 1000',
  PET_NOT_FOUND: 'Check tenant and id: the pet may have been deleted',
  PATH_NOT_FOUND: 'GET / lists the paths',
  MEDIA_TYPE_UNSUPPORTED: 'Send application/vnd.api+json or application/json',
  BODY_TOO_LARGE: 'Send less: one pet takes some hundred bytes',
  REQUEST_INVALID: 'Send a well-formed HTTP request',
  OVERLOADED: 'Try again after the seconds in Retry-After',
  INTERNAL: 'Report it to the operators of the service: its log has the cause, with the traceparent of the request',
} as const;

export type ErrorCode = keyof typeof ERRORS;

/**
 * Returns one line for the log and `/readyz`: what is wrong, what to do, and the code. Anybody may read `/readyz`, so `what` must
 * not contain the text of another system's error, which may name users and hosts.
 */
export function sentence(code: ErrorCode, what: string): string {
  const end = /[.?\n]$/.test(what) ? '' : '.';
  return `${what}${end}${what.endsWith('\n') ? '' : ' '}${ERRORS[code]}. (${code})`;
}

/** An error with a code. Its message contains what is wrong, the cause, and what to do. */
export class ServiceError extends Error {
  readonly code: ErrorCode;
  /** What is wrong, without the cause. */
  readonly what: string;
  /** The message without the text of the cause, which may be secret. */
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
