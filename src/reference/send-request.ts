import type { Dispatcher } from 'undici';

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * Sends one request and returns its whole answer, whatever its status.
 *
 * It uses undici's dispatch events, because only they show when a request leaves the pool's queue, and the time limit must
 * start then. A body of some hundred bytes needs no stream.
 *
 * @param timeLimitMs milliseconds from the request to the end of its answer.
 * @throws {Error} if the answer is late, or larger than the pool accepts.
 */
export function sendRequest(
  pool: Dispatcher,
  request: Dispatcher.DispatchOptions,
  timeLimitMs: number,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let status = 0;
    let timer: NodeJS.Timeout | undefined;
    pool.dispatch(request, {
      onRequestStart(controller) {
        timer = setTimeout(() => controller.abort(new Error(`no answer within ${timeLimitMs} ms`)), timeLimitMs);
      },
      onResponseStart(_controller, statusCode) {
        status = statusCode;
      },
      onResponseData(_controller, chunk) {
        chunks.push(chunk);
      },
      onResponseEnd() {
        clearTimeout(timer);
        const [first] = chunks;
        const body = chunks.length === 1 && first ? first : Buffer.concat(chunks);
        resolve({ status, text: body.toString() });
      },
      onResponseError(_controller, error) {
        clearTimeout(timer);
        reject(error);
      },
    });
  });
}
