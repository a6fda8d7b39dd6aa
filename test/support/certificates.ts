import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto);

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;

/** A certificate and its private key: PEM files. */
export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
}

export interface CertificateOptions {
  /** Host names and addresses of the certificate; a client's has none. */
  readonly hosts?: readonly string[];
  /** Whether it expired yesterday. */
  readonly isExpired?: boolean;
}

/** A certificate authority of a test. */
export interface Authority {
  /** The file of its own certificate: the CA file for peers that trust it. */
  readonly caFile: string;
  /** Issues a certificate for `name` (its CN), and overwrites files of the same name. */
  issue(name: string, options?: CertificateOptions): Promise<Certificate>;
}

/** Creates an authority with files in `folder`. */
export async function createAuthority(folder: string, name = 'ca'): Promise<Authority> {
  mkdirSync(folder, { recursive: true });
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const issuer = `CN=${name}`;
  const own = await x509.X509CertificateGenerator.createSelfSigned({
    name: issuer,
    keys,
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + DAY_MS),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
  const caFile = join(folder, `${name}.crt`);
  writeFileSync(caFile, own.toString('pem'));
  return {
    caFile,
    async issue(subject, { hosts = [], isExpired = false } = {}) {
      const subjectKeys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
      const names = hosts.map((host) => ({ type: /^[\d.]+$|:/.test(host) ? 'ip' : 'dns', value: host }) as const);
      const certificate = await x509.X509CertificateGenerator.create({
        subject: `CN=${subject}`,
        issuer,
        publicKey: subjectKeys.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: ALGORITHM,
        notBefore: new Date(Date.now() - 2 * DAY_MS),
        notAfter: new Date(Date.now() + (isExpired ? -DAY_MS : DAY_MS)),
        extensions: names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)],
      });
      const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', subjectKeys.privateKey));
      const files = { certFile: join(folder, `${subject}.crt`), keyFile: join(folder, `${subject}.key`) };
      writeFileSync(files.certFile, certificate.toString('pem'));
      // Postgres refuses a key that others may read.
      writeFileSync(files.keyFile, x509.PemConverter.encode(key, 'PRIVATE KEY'), { mode: 0o600 });
      return files;
    },
  };
}
