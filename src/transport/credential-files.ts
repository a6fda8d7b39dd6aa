/** Reads files with certificates, keys, passwords and tokens again for each connection, so that they can be replaced. */
import { readFileSync } from 'node:fs';
import type { SecureContext } from 'node:tls';
import { contextMaker, requireCertificate, requirePrivateKey } from '../tls-context.ts';
import { messageOf } from '../waiting.ts';
import { ConnectionFault } from './connection-fault.ts';
import type { NamedFile, Secret, BrokerTlsFiles } from './security.ts';

const FILE_FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read by the service',
  EISDIR: 'is a folder',
};

/** @throws {ConnectionFault} BROKER_FILES_UNREADABLE, as all functions here. */
function readText(file: NamedFile): string {
  let text: string;
  try {
    text = readFileSync(file.path, 'utf8');
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    throw unreadable(file, FILE_FAULTS[code] ?? `cannot be read (${code})`);
  }
  if (text.trim() === '') throw unreadable(file, 'is empty');
  return text;
}

/** Returns a password. */
export function readSecret(secret: Secret): string {
  // An editor puts a line break at the end of a file.
  return 'value' in secret ? secret.value : readText(secret).replace(/\r?\n$/, '');
}

/** Returns a bearer token. */
export function readToken(file: NamedFile): string {
  const token = readText(file).trim();
  if (!isToken(token)) throw unreadable(file, 'does not hold a bearer token');
  return token;
}

/** Returns whether a text can be a bearer token (RFC 6750, 2.1). Other characters could change the message that it is sent in. */
export function isToken(text: string): boolean {
  return /^[\w.~+/-]+=*$/.test(text);
}

/** Returns the certificates of a file, as PEM text. */
export function readCertificates(file: NamedFile): string {
  const text = readText(file);
  check(file, 'does not hold certificates in PEM', () => {
    requireCertificate(text);
  });
  return text;
}

/** Returns a function that returns the TLS context of a new connection, from the current content of the files. */
export function secureContexts({ ca, own }: BrokerTlsFiles): () => SecureContext {
  const makeContext = contextMaker();
  return () => {
    const trusted = ca && readCertificates(ca);
    const cert = own && readCertificates(own.cert);
    const key = own && readText(own.key);
    if (own && key !== undefined) {
      check(own.key, 'does not hold a private key in PEM without a passphrase', () => {
        requirePrivateKey(key);
      });
    }
    return check(own?.key ?? ca, 'does not match the certificate', () => makeContext({ ca: trusted, cert, key }));
  };
}

function check<Result>(file: NamedFile | undefined, fault: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (file === undefined) throw error;
    throw unreadable(file, fault, messageOf(error));
  }
}

function unreadable({ variable, path }: NamedFile, what: string, detail?: string): ConnectionFault {
  return new ConnectionFault('BROKER_FILES_UNREADABLE', `The file of ${variable}, ${path}, ${what}`, detail);
}
