/** The settings about the processes: addresses, worker threads, connections, and the log. */
import type { z } from "zod";
import type { AdminConfig, ListenConfig, LogConfig, ServeConfig, StateConfig, TcpConfig } from "./types.ts";
import { networks } from "./access.ts";
import { describe, dnsName, group, ipAddress, list, oneOf, seconds, whole } from "./values.ts";

const port = whole(0, 65_535);

export const listen: z.ZodType<ListenConfig> = group({
  address: describe(ipAddress(), {
    description: "A literal address; 0.0.0.0 and :: mean all addresses of this machine.",
  }),
  port: describe(port.default(53), { description: "UDP and TCP. 0 = any free port." }),
  proxyProtocol: describe(networks(), {
    description:
      "Networks of balancers that put a PROXY header of version 2 before every query. The client is then the one in the header. From these networks nothing else is answered; from all others, no query with such a header.",
  }),
});

/** The default of `listen`. */
export const everywhere: ListenConfig[] = ["0.0.0.0", "::"].map((address) => ({
  address,
  port: 53,
  proxyProtocol: [],
}));

export const admin: z.ZodType<AdminConfig> = group({
  address: describe(ipAddress().default("127.0.0.1"), {
    description: "The address of the read-only admin HTTP server. It has no authentication: keep it private.",
  }),
  port: describe(port.default(9353), { description: "TCP. 0 = any free port." }),
  hosts: describe(list(dnsName()).default([]), {
    description: "Names accepted in the Host header, in addition to localhost and the address.",
  }),
});

const tcp: z.ZodType<TcpConfig> = group({
  maxConnections: describe(whole(1, 65_535).default(1000), {
    description: "Connections in total; the longest idle one is closed for a new one.",
    unit: "connections",
  }),
  maxConnectionsPerClient: describe(whole(1, 65_535).default(20), {
    description: "Connections per client address.",
    unit: "connections",
  }),
  idleSeconds: seconds(
    1,
    3600,
    10,
    "A connection is closed after this time without a query (RFC 7766 §6.2.3).",
  ),
  messageSeconds: seconds(1, 3600, 5, "A query must be complete within this time after its first octet."),
});

/** `workers` is absent when it is to be computed. */
export const serve: z.ZodType<Omit<ServeConfig, "workers"> & { readonly workers?: number | undefined }> =
  group({
    udp: describe(oneOf(["auto", "batched", "dgram"]).default("auto"), {
      description:
        "The UDP engine: batched system calls (Linux), the dgram of Node.js, or auto: the faster one that works.",
    }),
    workers: describe(whole(1, 256).optional(), {
      description: "Threads that answer UDP.",
      unit: "threads",
      computed: "cores - 1, at least 1",
    }),
    drainSeconds: seconds(0, 3600, 5, "After SIGTERM, fedns answers for this long while /readyz fails."),
    tcp: describe(tcp.prefault({}), { description: "DNS over TCP." }),
  });

export const state: z.ZodType<StateConfig> = group({
  copySeconds: seconds(
    1,
    86_400,
    300,
    "How often a copy of the picture that survives a power loss is saved, if anything has changed.",
  ),
});

export const log: z.ZodType<LogConfig> = group({
  level: describe(oneOf(["debug", "info", "warn", "error"]).default("info"), {
    description: "The lowest level that is written.",
  }),
  format: describe(oneOf(["auto", "json", "pretty"]).default("auto"), {
    description: "JSON lines or formatted text; auto = formatted on a terminal.",
  }),
});
