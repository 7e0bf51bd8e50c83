/** What is wrong with the nameservers themselves: silent, lame, without TCP, or not in agreement. */
import { checkTtl } from "./check-ttl.ts";
import { type DelegationFacts, isLame, type NsSet, type ServerFacts, wantedNameservers } from "./facts.ts";
import { error, type Finding, warning } from "./finding.ts";

/** RFC 1034 §4.1: every zone on at least two servers. */
const SERVERS_MIN = 2;

export function checkServers(facts: DelegationFacts): readonly Finding[] {
  const { zone, servers, unresolved } = facts;
  return [
    ...unresolved.map((name) =>
      error(
        `no address is known for the nameserver ${name}`,
        `add A or AAAA records for ${name}, or correct its name in the NS records`,
      ),
    ),
    ...servers.flatMap((server) => checkServer(server, zone)),
    ...checkApexes(facts),
    ...checkSerials(servers),
    ...checkRedundancy(servers),
  ];
}

function checkServer(server: ServerFacts, zone: string): readonly Finding[] {
  const { udp, tcp } = server;
  const subject = `${server.name} (${server.address})`;
  if (udp.kind === "unreachable")
    return [warning(`${subject} was not checked: ${udp.why}`, "run the check on another machine as well")];
  if (udp.kind === "silent" && tcp.kind !== "answer")
    return [
      error(
        `${subject} does not answer: ${udp.why}`,
        "start it, let port 53 through over UDP and TCP, or remove it from the parent zone",
      ),
    ];
  const found: Finding[] = [];
  if (udp.kind === "silent")
    found.push(
      error(`${subject} does not answer over UDP: ${udp.why}`, "let port 53 through over UDP, both ways"),
    );
  if (tcp.kind === "silent")
    found.push(
      error(
        `${subject} does not answer over TCP: ${tcp.why}`,
        "let port 53 through over TCP: resolvers need it for long answers",
      ),
    );
  const answer = udp.kind === "answer" ? udp : tcp;
  if (answer.kind !== "answer") return found;
  if (isLame(answer)) {
    const how = answer.rcode === "NOERROR" ? "its answer is not authoritative" : `it answers ${answer.rcode}`;
    found.push(
      error(
        `${subject} does not serve ${zone} (lame delegation): ${how}`,
        `configure ${zone} on it, or remove it from the NS records of the parent zone and of ${zone}`,
      ),
    );
  }
  if (udp.kind === "answer" && !udp.hasEdns)
    found.push(
      warning(
        `${subject} does not know EDNS, or something on the way removes it`,
        "update the server, or let the OPT record pass the firewall",
      ),
    );
  return found;
}

/** The NS records at the apex: as the settings say, or else the same on all servers. */
function checkApexes(facts: DelegationFacts): readonly Finding[] {
  const seen = facts.servers.flatMap(({ name, address, apex }) =>
    apex === null ? [] : [{ server: `${name} (${address})`, apex }],
  );
  const ttls = new Map(seen.map(({ server, apex }) => [apex.ttlSeconds, server]));
  const found = [...ttls].flatMap(([ttlSeconds, server]) => checkTtl(ttlSeconds, `at the apex on ${server}`));
  const { nameservers, source } = wantedNameservers(facts);
  const wanted = namesIn({ nameservers, ttlSeconds: 0 });
  if (source === "nothing") return found;
  const whose =
    source === "the settings" ? "the settings have" : `${seen[0]?.server ?? "another server"} has`;
  const differing = seen.filter(({ apex }) => namesIn(apex) !== wanted);
  return [
    ...found,
    ...differing.map(({ server, apex }) =>
      error(
        `${server} has the NS records ${namesIn(apex)}, and ${whose} ${wanted}`,
        source === "the settings"
          ? "give all servers the same nameservers, and restart those with older settings"
          : "bring all servers to the same content: check the transfer of the zone",
      ),
    ),
  ];
}

function namesIn({ nameservers }: NsSet): string {
  return nameservers
    .map(({ name }) => name)
    .sort()
    .join(", ");
}

function checkSerials(servers: readonly ServerFacts[]): readonly Finding[] {
  const serials = servers.flatMap(({ name, address, udp, tcp }) => {
    const answer = udp.kind === "answer" ? udp : tcp;
    return answer.kind === "answer" && answer.serial !== null
      ? [{ server: `${name} (${address})`, serial: answer.serial }]
      : [];
  });
  if (new Set(serials.map(({ serial }) => serial)).size < 2) return [];
  const list = serials.map(({ server, serial }) => `${server} ${serial}`).join(", ");
  return [
    warning(
      `the servers have different serial numbers: ${list}`,
      "several fedns count for themselves, which is fine; a secondary server that stays behind must transfer the zone again",
    ),
  ];
}

function checkRedundancy(servers: readonly ServerFacts[]): readonly Finding[] {
  const working = servers.filter(
    ({ udp, tcp }) => !isLame(udp) && (udp.kind === "answer" || tcp.kind === "answer"),
  );
  const count = new Set(working.map(({ address }) => address)).size;
  if (count === 0 || count >= SERVERS_MIN) return [];
  return [
    warning(
      "only one address answers for the zone: when it fails, nobody does",
      "run a second fedns elsewhere and delegate to it as well",
    ),
  ];
}
