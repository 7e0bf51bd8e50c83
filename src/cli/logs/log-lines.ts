/** The log of a container as lines, as the API server streams it, and what is printed of each line. */
import { messageOf, OperationalError } from "../../kernel/error.ts";
import type { ApiResponse } from "../../fleet/kube/api-response.ts";

/** A longer line becomes several: a program may write without end. */
const LINE_MAX_BYTES: number = 64 * 1024;
const NEWLINE = 0x0a;

/** Lines without their newlines. The iterator throws the signal's reason when aborted, else OperationalError KUBE_UNREACHABLE. */
export function textLines(answer: ApiResponse, signal: AbortSignal): AsyncGenerator<Buffer> {
  const chunks = (answer.body as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  // Begun at once: a stream that ends before it is read looks as if it had been cut.
  const first = chunks.next();
  first.catch(() => undefined);
  return linesOf(answer, { chunks, first, signal });
}

type Begun = {
  readonly chunks: AsyncIterator<Buffer>;
  readonly first: Promise<IteratorResult<Buffer>>;
  readonly signal: AbortSignal;
};

async function* linesOf({ isCut }: ApiResponse, { chunks, first, signal }: Begun): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  try {
    for (let next = await first; next.done !== true; next = await chunks.next()) {
      const chunk = next.value;
      let text = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      for (let end = endOf(text); end !== -1; end = endOf(text)) {
        yield text.subarray(0, end);
        text = text.subarray(text[end] === NEWLINE ? end + 1 : end);
      }
      rest = text;
    }
    signal.throwIfAborted();
    if (rest.length > 0) yield rest;
    if (isCut?.() === true) throw new Error("the stream was cut");
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw new OperationalError("KUBE_UNREACHABLE", `the connection broke: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** Where the first line ends; -1: not here. */
function endOf(text: Buffer): number {
  const end = text.subarray(0, LINE_MAX_BYTES).indexOf(NEWLINE);
  return end === -1 && text.length >= LINE_MAX_BYTES ? LINE_MAX_BYTES : end;
}

/** On a terminal, colours of a program are left out, and nothing else of it moves the cursor. */
export function shownLine(line: Buffer, isTerminal: boolean): string {
  const text = line.toString("utf8");
  if (!isTerminal) return text;
  return text
    .replace(/\r$/, "")
    .replaceAll(COLOURS, "")
    .replaceAll(/[^\P{Cc}\t]/gu, "?");
}

/** SGR (ECMA-48 §8.3.117). */
const COLOURS = new RegExp(`${String.fromCharCode(27)}\\[[0-9;:]*m`, "g");

/** Green, yellow, blue, magenta, cyan, and their bright forms. */
const PALETTE = [32, 33, 34, 35, 36, 92, 93, 94, 95, 96];

/** `index`: of the cluster. */
export function coloured(text: string, index: number): string {
  const escape = String.fromCharCode(27);
  return `${escape}[${PALETTE[index % PALETTE.length] ?? 0}m${text}${escape}[0m`;
}
