import type { Dispatcher } from 'undici';

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * Sends one request and takes its whole answer, whatever its status.
 *
 * It handles undici's events itself: the time limit has to start when the request leaves the pool's queue, which nothing
 * above them tells, and no stream is needed for a body of some hundred bytes.
 *
 * @param timeLimitMs milliseconds from the request to the end of its answer.
 * @throws {Error} without an answer in time, or with one that is larger than the pool takes.
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
