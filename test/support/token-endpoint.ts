/** A token endpoint of OAuth 2.0 whose responses a test chooses. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import type { IncomingHttpHeaders, RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Certificate } from './certificates.ts';

/** The response to a token request; undefined: the endpoint never responds. */
export type TokenAnswer = { readonly status: number; readonly body: unknown } | undefined;

export interface TestEndpoint {
  readonly url: string;
  /** The received requests. */
  readonly requests: readonly { readonly headers: IncomingHttpHeaders; readonly body: string }[];
  close(): void;
}

/**
 * @param answers to the first request, the second and so on; the last one to all others.
 * @param certificate for TLS; undefined: plain HTTP.
 */
export async function startTokenEndpoint(
  answers: readonly TokenAnswer[],
  certificate?: Certificate,
): Promise<TestEndpoint> {
  const requests: { headers: IncomingHttpHeaders; body: string }[] = [];
  const listener: RequestListener = (request, response) => {
    void text(request).then((body) => {
      const answer = answers[Math.min(requests.length, answers.length - 1)];
      requests.push({ headers: request.headers, body });
      if (answer === undefined) return;
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
    });
  };
  const server =
    certificate === undefined
      ? createHttpServer(listener)
      : createHttpsServer(
          { cert: readFileSync(certificate.certFile), key: readFileSync(certificate.keyFile) },
          listener,
        );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${String(port)}/token`,
    requests,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
