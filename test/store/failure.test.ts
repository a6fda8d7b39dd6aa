/** The kind of a failure, which the error alone determines. */
import { expect, it } from '@jest/globals';
import { InvariantError } from '../../src/invariant.ts';
import { classify } from '../../src/store/failure.ts';

const ofState = (originalCode: string) => ({
  ...{ name: 'PrismaClientKnownRequestError', code: 'P2010', message: 'Raw query failed.' },
  meta: { driverAdapterError: { name: 'DriverAdapterError', cause: { originalCode } } },
});
const coded = (code: string, message: string) => Object.assign(new Error(message), { code });
function tooLong(): unknown {
  try {
    return 'x'.repeat(2 ** 30);
  } catch (error) {
    return error;
  }
}

it.each([
  ['data', 'a value out of range', ofState('22003')],
  ['data', 'a constraint', ofState('23514')],
  ['data', 'a limit of the server', ofState('54000')],
  ['data', 'an internal error of the server', ofState('XX000')],
  ['locked', 'a row lock of another session', ofState('55P03')],
  ['slow', 'a statement that took too long', ofState('57014')],
  ['slow', 'a transaction that was idle for too long', ofState('25P03')],
  ['conflict', 'a deadlock', ofState('40P01')],
  ['outage', 'a server that stops', ofState('57P01')],
  ['outage', 'a server that is read-only', ofState('25006')],
  ['outage', 'a table that is missing', ofState('42P01')],
  ['bug', 'a string that is too long', tooLong()],
  [
    'bug',
    'a string that is too long, in an error of Node',
    coded('ERR_STRING_TOO_LONG', 'Cannot create a string longer than 0x1fffffe8'),
  ],
  [
    'bug',
    'a string that is too long, in an error of Prisma',
    coded('P2010', 'Invalid `queryRaw()`:\n\n\nInvalid string length'),
  ],
  ['bug', 'a bug', new TypeError("Cannot read properties of undefined (reading 'x')")],
  ['bug', 'a broken invariant', new InvariantError('2 pets were changed, 1 rows updated')],
  ['slow', 'an expired transaction', coded('P2028', 'A query cannot be executed on an expired transaction.')],
  ['outage', 'no connection for a transaction', coded('P2028', 'Unable to start a transaction in the given time.')],
  ['outage', 'a closed connection', new Error('Connection terminated unexpectedly')],
  ['outage', 'a closed socket', coded('ERR_SOCKET_CLOSED', 'Socket is closed')],
  ['outage', 'an unknown error', new Error('something else')],
])('is %j for %s', (failure, _what, error) => {
  expect(classify(error)).toBe(failure);
});
