/** Prints a line after 2 s, then every 5 s, while `work` is not done. Quick work prints nothing. */
export async function withProgress<T>(print: (line: string) => void, what: string, work: Promise<T>): Promise<T> {
  let seconds = 0;
  const timer = setInterval(() => {
    seconds += 1;
    if (seconds === 2 || seconds % 5 === 0) print(`${what} … ${String(seconds)} s`);
  }, 1000);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}
