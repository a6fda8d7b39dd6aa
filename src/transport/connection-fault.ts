/** Finds the reason why a broker cannot be used in errors of sockets, TLS, logins and kafkajs. No other file reads those. */
import { CERTIFICATE_FAULTS, NETWORK_FAULTS } from '../connection-errors.ts';
import { sentence } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { messageOf } from '../waiting.ts';

/**
 * The reason why a connection cannot be used, with its code. It is thrown into kafkajs and found again among the causes of the
 * error that kafkajs throws. So it has no `cause`: kafkajs would pass on that one instead. It is not retriable: kafkajs would
 * repeat a refused login six times within seconds. The callers of kafkajs retry.
 */
export class ConnectionFault extends Error {
  readonly code: ErrorCode;
  /** What is wrong, for every reader: without a host, and without the text of another system. */
  readonly what: string;
  /** The host, and the text of another system: for the log and the operator alone. */
  readonly detail: string | undefined;
  readonly retriable = false;

  /**
   * @param details for the operator only: the host of the broker, the text of another system.
   */
  constructor(code: ErrorCode, what: string, ...details: readonly (string | undefined)[]) {
    const detail = details.filter((one) => one !== undefined).join(': ') || undefined;
    super(detail === undefined ? what : `${what}: ${detail}`);
    this.name = 'ConnectionFault';
    this.code = code;
    this.what = what;
    this.detail = detail;
  }
}

/** The state of a socket when it failed. */
export interface SocketState {
  /** `host:port`. */
  readonly broker: string;
  readonly hasTls: boolean;
  /** Whether the TLS handshake was over. */
  readonly isSecure: boolean;
  /** Whether the certificate of the broker was not accepted. */
  readonly isUntrusted: boolean;
}

/** Returns why a socket failed. */
export function socketFault(error: Error, { broker, hasTls, isSecure, isUntrusted }: SocketState): ConnectionFault {
  if (error instanceof ConnectionFault) return error;
  const { code = '' } = error as NodeJS.ErrnoException;
  const fault = (of: ErrorCode, what: string) => new ConnectionFault(of, what, broker, messageOf(error));
  if (isUntrusted || code in CERTIFICATE_FAULTS) {
    const what = CERTIFICATE_FAULTS[code] ?? `is not accepted (${code})`;
    return fault('BROKER_CERTIFICATE_INVALID', `The certificate of the broker ${what}`);
  }
  if (/^ERR_SSL_.*ALERT.*(CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)/.test(code)) {
    return fault('BROKER_REFUSES_CERTIFICATE', 'The broker does not accept the certificate of this client');
  }
  if (/^(ERR_SSL_|EPROTO)/.test(code)) {
    return fault(
      'BROKER_TLS_MISMATCH',
      `The broker has no version or cipher of TLS in common with this client (${code})`,
    );
  }
  if (hasTls && !isSecure && code === 'ECONNRESET') {
    return fault('BROKER_TLS_MISMATCH', 'The broker ended the connection during the TLS handshake');
  }
  return fault('BROKER_UNREACHABLE', `The broker ${NETWORK_FAULTS[code] ?? `cannot be reached (${code})`}`);
}

/** The fields of kafkajs' errors from which a fault can be found. */
interface KafkaError {
  readonly name?: string;
  readonly message?: string;
  /** Kafka's name of an error. */
  readonly type?: string;
  readonly broker?: string;
  readonly topic?: string;
  readonly cause?: unknown;
  readonly errors?: unknown;
}

/** Returns the connection fault that caused an error of kafkajs; undefined if the error has another cause. */
export function connectionFault(error: unknown): ConnectionFault | undefined {
  const all = [...causesOf(error)];
  const found = all.find((one) => one instanceof ConnectionFault);
  if (found !== undefined) return found;
  for (const one of all) {
    const fault = faultOf(one);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Returns why the broker does not answer, for an error that cannot have another meaning. */
export function brokerFault(error: unknown): ConnectionFault {
  return (
    connectionFault(error) ?? new ConnectionFault('BROKER_UNREACHABLE', 'The broker does not answer', messageOf(error))
  );
}

/**
 * Returns the sentence for a failure because of the broker, or for another reason. The code of a connection fault replaces the
 * given one, unless the broker is merely unreachable.
 *
 * @param code of the sentence otherwise.
 * @param what has failed.
 */
export function brokerSentence(error: unknown, code: ErrorCode, what: string): string {
  const fault = connectionFault(error);
  if (fault === undefined) return sentence(code, what);
  return sentence(fault.code === 'BROKER_UNREACHABLE' ? code : fault.code, `${what}. ${fault.what}`);
}

function* causesOf(error: unknown): Generator<object> {
  if (typeof error !== 'object' || error === null) return;
  yield error;
  const { cause, errors } = error as KafkaError;
  yield* causesOf(cause);
  if (Array.isArray(errors)) for (const one of errors) yield* causesOf(one);
}

const RIGHTS: Readonly<Record<string, string>> = {
  TOPIC_AUTHORIZATION_FAILED: 'a topic',
  GROUP_AUTHORIZATION_FAILED: 'the consumer group',
  CLUSTER_AUTHORIZATION_FAILED: 'the cluster',
};

function faultOf({ name = '', message = '', type = '', broker, topic }: KafkaError): ConnectionFault | undefined {
  const resource = RIGHTS[type];
  if (resource !== undefined) {
    const which = topic === undefined ? resource : `topic ${topic}`;
    return new ConnectionFault('BROKER_RIGHTS_MISSING', `The broker refuses the service a right to ${which}`, message);
  }
  // The answer to the name of the mechanism, before any credentials are sent.
  if (type === 'UNSUPPORTED_SASL_MECHANISM' || type === 'ILLEGAL_SASL_STATE') {
    const what = 'The broker does not offer KAFKA_SASL_MECHANISM at that listener';
    return new ConnectionFault('BROKER_LOGIN_REFUSED', what, message);
  }
  if (!/^KafkaJS(Connection|ConnectionClosed|RequestTimeout)Error$/.test(name)) return undefined;
  const how = name === 'KafkaJSConnectionClosedError' ? 'closed the connection' : 'does not answer';
  return new ConnectionFault('BROKER_UNREACHABLE', `The broker ${how}`, broker, message);
}
