import type { ErrorCode } from './errors.ts';
import { databaseErrorOf, failureOf } from './store/database-error.ts';
import { brokerSentence, connectionFault } from './transport/connection-fault.ts';

/**
 * Returns why something that needs both broker and database does not work: the sentence for anybody, with what is wrong with
 * one of them if that is known, and the cause for the log.
 */
export function outageOf(code: ErrorCode, what: string, error: unknown): readonly [reason: string, cause: unknown] {
  // The broker first: sockets fail with the same words at both.
  const isOfDatabase =
    error !== undefined && connectionFault(error) === undefined && databaseErrorOf(error) !== undefined;
  return isOfDatabase ? failureOf(code, what, error) : [brokerSentence(error, code, what), error];
}
