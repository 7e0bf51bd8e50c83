/** dig and kdig as clients: other programs' view of our answers. */
import { needs, run } from "./programs.ts";

export const needsDig: { readonly skip: string | false } = needs("dig", "bind9-dnsutils");
export const needsKdig: { readonly skip: string | false } = needs("kdig", "knot-dnsutils");

export type Dig = {
  readonly code: number;
  /** NOERROR, NXDOMAIN, ... or "" when there was no answer. */
  readonly status: string;
  readonly flags: readonly string[];
  /** Records of the answer section as dig writes them, with single spaces, sorted. */
  readonly answer: readonly string[];
  readonly authority: readonly string[];
  readonly text: string;
};

export type DigTarget = { readonly port: number; readonly address?: string };

/** Tries once, for two seconds; `args` as on the command line. */
export async function dig({ port, address = "127.0.0.1" }: DigTarget, ...args: string[]): Promise<Dig> {
  const defaults = [`@${address}`, "-p", String(port), "+tries=1", "+time=2"];
  const { code, out, err } = await run("dig", [...defaults, ...args]);
  return { code, ...read(out), text: out + err };
}

/** Only the data of the answer's records, sorted, as `dig +short` shows it. */
export function dataOf({ answer }: Pick<Dig, "answer">): readonly string[] {
  return answer.map((record) => record.split(" ").slice(4).join(" "));
}

function read(out: string): Omit<Dig, "code" | "text"> {
  const section = (name: string): string[] => {
    const text = out.split(`;; ${name} SECTION:\n`)[1]?.split("\n\n")[0] ?? "";
    const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith(";"));
    return lines.map((line) => line.replaceAll(/\s+/g, " ").trim()).sort();
  };
  return {
    status: /status: (\w+)/.exec(out)?.[1] ?? "",
    flags: (/flags: ([^;]*);/.exec(out)?.[1] ?? "").trim().split(" "),
    answer: section("ANSWER"),
    authority: section("AUTHORITY"),
  };
}
