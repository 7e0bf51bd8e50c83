/** Splits a watch stream into lines. Chunks may end anywhere; each byte is copied at most once. */
import { OperationalError } from "../../kernel/error.ts";

const NEWLINE = 0x0a;

/**
 * Yields each non-empty line without its newline. API servers end every event with a newline: bytes after the last one are
 * a truncated event. Throws OperationalError KUBE_LINE_TOO_LONG or KUBE_LINE_TRUNCATED, and errors of the source.
 */
export async function* splitLines(
  chunks: AsyncIterable<Buffer>,
  maxLineBytes: number,
): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let partsBytes = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      const tail = chunk.subarray(start, end);
      assertFits(partsBytes + tail.length, maxLineBytes);
      const line = parts.length === 0 ? tail : Buffer.concat([...parts, tail], partsBytes + tail.length);
      if (line.length > 0) yield line;
      parts = [];
      partsBytes = 0;
      start = end + 1;
    }
    if (start === chunk.length) continue;
    parts.push(chunk.subarray(start));
    partsBytes += chunk.length - start;
    assertFits(partsBytes, maxLineBytes);
  }
  if (partsBytes === 0) return;
  throw new OperationalError("KUBE_LINE_TRUNCATED", `the stream ended ${partsBytes} bytes into a line`);
}

function assertFits(lineBytes: number, maxLineBytes: number): void {
  if (lineBytes <= maxLineBytes) return;
  throw new OperationalError("KUBE_LINE_TOO_LONG", `a line is longer than ${maxLineBytes} bytes`);
}
