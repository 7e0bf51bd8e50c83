/** Timers of the clock do not keep the process alive; a command that may wait does, while `using` holds this. */
const LONG_MS: number = 2 ** 30;

export function stayAlive(): Disposable {
  const timer = setInterval(() => undefined, LONG_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
