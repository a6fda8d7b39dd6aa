import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createAuthority } from './certificates.ts';
import type { Authority, Certificate } from './certificates.ts';

let folder: string;
let authority: Authority;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'certificates-'));
  authority = await createAuthority(folder);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Connects to a server with the certificate and trusts the authority. @returns an error code, or 'secure'. */
async function connect(certificate: Certificate, servername: string): Promise<string> {
  const server = tls.createServer({ cert: readFileSync(certificate.certFile), key: readFileSync(certificate.keyFile) });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as { port: number };
  const socket = tls.connect({ host: '127.0.0.1', port, servername, ca: readFileSync(authority.caFile) });
  try {
    await once(socket, 'secureConnect');
    return 'secure';
  } catch (error) {
    return (error as { code: string }).code;
  } finally {
    socket.destroy();
    server.close();
  }
}

test('a certificate is valid for its hosts and until it expires', async () => {
  const good = await authority.issue('server', { hosts: ['broker.test', '127.0.0.1'] });
  expect(await connect(good, 'broker.test')).toBe('secure');
  expect(await connect(good, 'other.test')).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  const expired = await authority.issue('expired', { hosts: ['broker.test'], isExpired: true });
  expect(await connect(expired, 'broker.test')).toBe('CERT_HAS_EXPIRED');
  const stranger = await createAuthority(folder, 'other-ca');
  const unknown = await stranger.issue('unknown', { hosts: ['broker.test'] });
  expect(await connect(unknown, 'broker.test')).toMatch(/^UNABLE_TO_|^SELF_SIGNED/);
});
