/**
 * The thread that asks resolvers: it parses what strangers send, and may be killed at any moment (hostname-crew.ts).
 * In: a HostnameJob. Out: a HostnameReport with the same number.
 */
import { parentPort } from "node:worker_threads";
import { Packet } from "dns2";
import { assert } from "../../kernel/assert.ts";
import { messageOf } from "../../kernel/error.ts";
import { queryWithTcpFallback, type DnsServer } from "./dns-client.ts";
import { readAnswer, type FamilyOutcome, type HostnameOutcome } from "./hostname-answer.ts";
import { systemServers } from "./hostname-servers.ts";

export type HostnameJob = {
  readonly id: number;
  /** Without a final dot, lower case. */
  readonly hostname: string;
  /** null = those of /etc/resolv.conf. */
  readonly servers: readonly DnsServer[] | null;
};

export type HostnameReport = { readonly id: number; readonly outcome: HostnameOutcome };

/** One server's time to answer, UDP and TCP together; three silent servers end within the crew's deadline. */
const serverMs = 2000;

assert(parentPort !== null, "hostname-worker.ts runs as a worker thread");
const port = parentPort;

port.on("message", (job: HostnameJob) => {
  void work(job);
});

async function work(job: HostnameJob): Promise<void> {
  const servers = job.servers ?? systemServers();
  const families = [Packet.TYPE.A, Packet.TYPE.AAAA].map((type) => lookUp(job.hostname, type, servers));
  const [ipv4, ipv6] = await Promise.all(families);
  assert(ipv4 !== undefined && ipv6 !== undefined, "two look-ups have two outcomes");
  port.postMessage({ id: job.id, outcome: { ipv4, ipv6 } } satisfies HostnameReport);
}

/** Never rejects: the first server that knows decides, the last failure is told when none does. */
async function lookUp(name: string, type: number, servers: readonly DnsServer[]): Promise<FamilyOutcome> {
  let last: FamilyOutcome = { kind: "failed", reason: "no resolver is configured" };
  for (const server of servers) {
    try {
      const question = { name, type, recursive: true, options: null };
      const { message } = await queryWithTcpFallback(question, server, AbortSignal.timeout(serverMs));
      last = readAnswer(message, name, type);
    } catch (error) {
      last = { kind: "failed", reason: messageOf(error) };
    }
    if (last.kind !== "failed") return last;
  }
  return last;
}
