/**
 * The thread that asks resolvers. It parses untrusted messages, and may be killed at any time (hostname-worker-pool.ts).
 * In: a HostnameJob. Out: a HostnameReport with the same id.
 */
import { parentPort } from "node:worker_threads";
import { Packet } from "dns2";
import { assert, messageOf } from "../../kernel/error.ts";
import { queryWithTcpFallback, type DnsServer } from "./dns-client.ts";
import { readAnswer, type FamilyOutcome, type HostnameOutcome } from "./hostname-answer.ts";
import { systemServers } from "./hostname-servers.ts";

export type HostnameJob = {
  readonly id: number;
  /** Without a final dot, lower case. */
  readonly hostname: string;
  /** Null = those of /etc/resolv.conf. */
  readonly servers: readonly DnsServer[] | null;
};

export type HostnameReport = { readonly id: number; readonly outcome: HostnameOutcome };

/** The time for one server, over UDP and TCP together: three silent servers stay within the deadline of a job. */
const SERVER_TIMEOUT_MS = 2000;

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

/** Never rejects. The first usable answer counts; if no server gives one, the last failure is returned. */
async function lookUp(name: string, type: number, servers: readonly DnsServer[]): Promise<FamilyOutcome> {
  let last: FamilyOutcome = { kind: "failed", reason: "no resolver is configured" };
  for (const server of servers) {
    try {
      const question = { name, type, recursive: true, options: null };
      const { message } = await queryWithTcpFallback(
        question,
        server,
        AbortSignal.timeout(SERVER_TIMEOUT_MS),
      );
      last = readAnswer(message, name, type);
    } catch (error) {
      last = { kind: "failed", reason: messageOf(error) };
    }
    if (last.kind !== "failed") return last;
  }
  return last;
}
