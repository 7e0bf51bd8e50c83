/** The result of the check as text: a line for each server, then what is wrong and the cure. */
import { type DelegationFacts, isLame, type ServerFacts } from "./facts.ts";
import type { Finding } from "./finding.ts";

export function delegationText(facts: DelegationFacts, findings: readonly Finding[]): string {
  const parents = facts.parents.map(({ server }) => server).join(", ");
  const above = facts.parent === "" ? "" : ` by ${facts.parent}`;
  const lines = [
    parents === "" ? `${facts.zone}:` : `${facts.zone}, delegated${above} (asked ${parents}):`,
    ...facts.servers.map((server) => `  ${server.name} ${server.address}: ${serverText(server)}`),
    ...findings.flatMap(({ level, text, cure }) => [`${level}: ${text}`, `  cure: ${cure}`]),
    findings.length === 0 ? "no problem found" : countText(findings),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function serverText({ udp, tcp }: ServerFacts): string {
  const answer = udp.kind === "answer" ? udp : tcp;
  if (answer.kind !== "answer") return answer.kind === "silent" ? "no answer" : "not reachable from here";
  if (isLame(answer)) return `lame, ${answer.rcode}`;
  const transports = [
    udp.kind === "answer" ? "UDP" : "no UDP",
    tcp.kind === "answer" ? "TCP" : "no TCP",
    answer.hasEdns ? "EDNS" : "no EDNS",
  ];
  return [`serial ${answer.serial}`, ...transports].join(", ");
}

function countText(findings: readonly Finding[]): string {
  const errors = findings.filter(({ level }) => level === "error").length;
  const warnings = findings.length - errors;
  const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? "" : "s"}`;
  return `${count(errors, "error")}, ${count(warnings, "warning")}`;
}
