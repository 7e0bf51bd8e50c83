/** A way to an API server that shows one part of marked objects thousands of levels deep, as a controller could write it. */
import type { Transport } from "../../src/fleet/kube/transport.ts";

/** The label of objects that are shown so. */
export const DEEP = { deep: "true" };
const LEVELS = 6_000;
const TEXT = `${'{"a":'.repeat(LEVELS)}1${"}".repeat(LEVELS)}`;

/** `part`: what is that deep, "spec" or "status". */
export function deepTransport(transport: Transport, part: "spec" | "status"): Transport {
  const shown = (object: any): any =>
    object?.metadata?.labels?.deep === "true" ? { ...object, [part]: JSON.parse(TEXT) } : object;
  const request = async (options: Parameters<Transport["request"]>[0]): Promise<unknown> => {
    const reply = await transport.request(options);
    const json: any = reply.json;
    if (!Array.isArray(json?.items)) return { ...reply, json: shown(json) };
    return { ...reply, json: { ...json, items: json.items.map(shown) } };
  };
  const watchLines = async (options: Parameters<Transport["watchLines"]>[0]): Promise<unknown> => {
    const watch = await transport.watchLines(options);
    return { ...watch, lines: deepLines(watch.lines, part) };
  };
  return new Proxy(transport, {
    get(target, name) {
      if (name === "request") return request;
      if (name === "watchLines") return watchLines;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

async function* deepLines(lines: AsyncIterable<Buffer>, part: string): AsyncIterable<Buffer> {
  for await (const line of lines) {
    const text = line.toString("utf8");
    if (!text.includes('"deep":"true"')) yield line;
    else {
      const event = JSON.parse(text);
      const rest = JSON.stringify({ ...event.object, [part]: "HERE" }).replace('"HERE"', TEXT);
      yield Buffer.from(`{"type":"${event.type}","object":${rest}}`);
    }
  }
}
