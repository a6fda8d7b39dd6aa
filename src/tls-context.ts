import { createPrivateKey, X509Certificate } from 'node:crypto';
import tls from 'node:tls';
import type { SecureContext } from 'node:tls';

/** Texts in PEM. */
export interface TlsTexts {
  /** The certificates of the trusted authorities; undefined means {@link trustedRoots}. */
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/** Returns the default trusted certificates: those of Node, of NODE_EXTRA_CA_CERTS and of the system. */
export function trustedRoots(): string[] {
  return [...tls.getCACertificates('default'), ...tls.getCACertificates('system')];
}

/**
 * Returns a function that creates TLS contexts, and returns the last context again while the texts are the same: parsing all
 * root certificates of a system takes longer than the rest of opening a connection.
 */
export function contextMaker(): (texts: TlsTexts) => SecureContext {
  let last: { readonly texts: string; readonly context: SecureContext } | undefined;
  return ({ ca, cert, key }) => {
    const texts = JSON.stringify([ca, cert, key]);
    if (last?.texts !== texts) {
      const own = cert === undefined ? {} : { cert, key };
      last = { texts, context: tls.createSecureContext({ ca: ca ?? trustedRoots(), ...own }) };
    }
    return last.context;
  };
}

/**
 * Requires a certificate in PEM. Node itself accepts any text as a list of authorities, and trusts none if it has no certificate.
 *
 * @throws if the text has none.
 */
export function requireCertificate(text: string): void {
  new X509Certificate(text);
}

/**
 * Requires a private key in PEM without a passphrase.
 *
 * @throws if the text has none.
 */
export function requirePrivateKey(text: string): void {
  createPrivateKey(text);
}
