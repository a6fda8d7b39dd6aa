import type { Say } from './embedded.ts';

/** Says after 2 s, then every 5 s, that `what` is still under way; quick work stays silent. */
export async function withProgress<T>(say: Say, what: string, work: Promise<T>): Promise<T> {
  let seconds = 0;
  const timer = setInterval(() => {
    seconds += 1;
    if (seconds === 2 || seconds % 5 === 0) say(`${what} … ${String(seconds)} s`);
  }, 1000);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}
