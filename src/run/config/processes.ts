/** The settings about the processes: worker threads, connections, and the log. */
import type { z } from "zod";
import { group, describe, oneOf, seconds, whole } from "./values.ts";

type Amount = z.ZodDefault<z.ZodNumber>;
type Word<T extends string> = z.ZodDefault<z.ZodEnum<{ [K in T]: K }>>;
type Group<T extends z.ZodRawShape> = z.ZodObject<T, z.core.$strict>;
type Tcp = Group<
  Record<"maxConnections" | "maxConnectionsPerClient" | "idleSeconds" | "messageSeconds", Amount>
>;

const tcp: Tcp = group({
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

export const serve: Group<{
  udp: Word<"auto" | "batched" | "dgram">;
  workers: z.ZodOptional<z.ZodNumber>;
  drainSeconds: Amount;
  tcp: z.ZodPrefault<Tcp>;
}> = group({
  udp: describe(oneOf(["auto", "batched", "dgram"]).default("auto"), {
    description:
      "The UDP engine: batched system calls (Linux), Node's dgram, or auto: the faster one that works.",
  }),
  workers: describe(whole(1, 256).optional(), {
    description: "Threads that answer UDP.",
    unit: "threads",
    computed: "cores - 1, at least 1",
  }),
  drainSeconds: seconds(0, 3600, 5, "After SIGTERM, fedns answers for this long while /readyz fails."),
  tcp: describe(tcp.prefault({}), { description: "DNS over TCP." }),
});

export const log: Group<{
  level: Word<"debug" | "info" | "warn" | "error">;
  format: Word<"auto" | "json" | "pretty">;
}> = group({
  level: describe(oneOf(["debug", "info", "warn", "error"]).default("info"), {
    description: "The lowest level that is written.",
  }),
  format: describe(oneOf(["auto", "json", "pretty"]).default("auto"), {
    description: "JSON lines or formatted text; auto = formatted on a terminal.",
  }),
});
