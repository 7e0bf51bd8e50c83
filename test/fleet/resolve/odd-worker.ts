/** A faulty resolver thread for tests: for certain names it does not answer, hangs, dies or exhausts its memory. */
import { parentPort } from "node:worker_threads";
import type { HostnameJob } from "../../../src/fleet/resolve/hostname-worker.ts";

const hoard: number[][] = [];

parentPort?.on("message", ({ id, hostname }: HostnameJob) => {
  if (hostname.startsWith("silent.")) return;
  if (hostname.startsWith("hang.")) for (;;);
  if (hostname.startsWith("die.")) throw new Error("gone wrong");
  if (hostname.startsWith("eat.")) for (;;) hoard.push(Array.from({ length: 100_000 }, () => Math.random()));
  const ipv4 = { kind: "found", addresses: ["192.0.2.1"], ttlSeconds: 60 };
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort?.postMessage({ id, outcome: { ipv4, ipv6: { kind: "none" } } });
});
