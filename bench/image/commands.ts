/** The protocol between the `image` bench and its host: HTTP over a socket file, one JSON object in each direction. */
import { request } from "node:http";
import type { BuildTimes } from "./bridge.ts";

export type HostFigures = BuildTimes & {
  /** Octets of the reachable records, and the disk space of the whole file. */
  readonly liveOctets: number;
  readonly fileOctets: number;
  /** Resident memory of the process that built it. */
  readonly residentOctets: number;
};

/** Every command with its parameters and its result. */
export type Commands = {
  figures: { readonly told: Record<string, never>; readonly answer: HostFigures };
  /** Gives a service of the first cluster the addresses of `version`; when that began, on the machine's monotonic clock. */
  change: {
    readonly told: { readonly service: number; readonly version: number };
    readonly answer: { readonly beganNanoseconds: string };
  };
  /** One cluster joins, and after its commit another, `count` times; they all leave afterwards. Milliseconds of each. */
  join: {
    readonly told: { readonly count: number };
    readonly answer: { readonly timesMs: readonly number[] };
  };
  lookups: {
    readonly told: { readonly names: readonly string[]; readonly seconds: number };
    readonly answer: { readonly perSecond: number };
  };
  /** Writes a fresh file without garbage; how long nothing else could be published. */
  compact: { readonly told: Record<string, never>; readonly answer: { readonly ms: number } };
};

export type Command = keyof Commands;

/** The socket file of a host that works in `directory`. */
export function socketIn(directory: string): string {
  return `${directory}/host.sock`;
}

export function tell<C extends Command>(
  directory: string,
  command: C,
  told: Commands[C]["told"],
): Promise<Commands[C]["answer"]> {
  return new Promise((resolve, reject) => {
    const options = { socketPath: socketIn(directory), method: "POST", path: `/${command}` };
    const outgoing = request(options, (incoming) => {
      let text = "";
      incoming.setEncoding("utf8");
      incoming.on("data", (chunk: string) => (text += chunk));
      incoming.on("error", reject);
      incoming.on("end", () => {
        if (incoming.statusCode === 200) resolve(JSON.parse(text) as Commands[C]["answer"]);
        else reject(new Error(`${command}: ${text}`));
      });
    });
    outgoing.on("error", reject);
    outgoing.end(JSON.stringify(told));
  });
}
