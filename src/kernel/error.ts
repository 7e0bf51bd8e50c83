/** What went wrong in the world outside (a file, a socket, a server): a stable code, a sentence, and the cause. */
export class OperationalError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "OperationalError";
    this.code = code;
  }
}

/** The sentence of any thrown value, for a log line or a status field. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.errors.length > 0)
    return error.errors.map(messageOf).join("; ");
  return error.cause instanceof Error && error.message === "" ? messageOf(error.cause) : error.message;
}
