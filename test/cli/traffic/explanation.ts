/** TXT records of an explanation, as a fake server answers them. */
import type { Record } from "../../support/fake-resolver.ts";

const TXT = 16;

export function explanation(name: string, lines: readonly string[]): readonly Record[] {
  return lines.map((line) => {
    const text = Buffer.from(line);
    return { name, type: TXT, ttl: 0, octets: Buffer.concat([Buffer.from([text.length]), text]) };
  });
}
