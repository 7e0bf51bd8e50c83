/**
 * What is wrong with a delegation, each with its cure.
 *
 * | checked | against | error | warning |
 * |---|---|---|---|
 * | NS records of the parent | the settings, or else the apex of the zone | there are none | a server more or less |
 * | glue | the addresses of the settings, or of the zone | missing, or another address | an address less |
 * | DS records of the parent | the zone, which is not signed | there are some | |
 * | each address of each nameserver | RFC 1034, RFC 7766, RFC 6891 | no answer, lame, no TCP | no EDNS |
 * | NS records at the apex | those of the settings, or of the other servers | they differ | |
 * | serial numbers | each other | | they differ |
 * | TTLs of the NS records | 1 minute to 2 days | | outside |
 */
import { checkServers } from "./check-servers.ts";
import { checkTtl } from "./check-ttl.ts";
import {
  delegatedNames,
  type DelegationFacts,
  isInDomain,
  type NamedServer,
  type ParentFacts,
  wantedNameservers,
} from "./facts.ts";
import { error, type Finding, warning } from "./finding.ts";

export function checkDelegation(facts: DelegationFacts): readonly Finding[] {
  return [...checkParents(facts), ...checkNames(facts), ...checkGlue(facts), ...checkServers(facts)];
}

function checkParents(facts: DelegationFacts): readonly Finding[] {
  const { zone, parents, parentProblem } = facts;
  if (parentProblem !== "")
    return [
      error(
        `the zone above ${zone} cannot be found: ${parentProblem}`,
        "name one of its servers with --parent-server, or a resolver with --resolver",
      ),
    ];
  return [...parents.flatMap((parent) => checkParent(parent, facts)), ...checkAgreement(parents, zone)];
}

function checkParent(parent: ParentFacts, facts: DelegationFacts): readonly Finding[] {
  const { zone } = facts;
  const { server, kind, why, set, hasDs } = parent;
  if (kind === "failed")
    return [
      warning(`the server ${server} of the parent zone cannot be asked: ${why}`, "check it, or name another"),
    ];
  if (kind === "hosted")
    return [
      warning(
        `the server ${server} of the parent zone serves ${zone} too, so its delegation cannot be seen`,
        "look into the parent zone by hand",
      ),
    ];
  if (kind === "absent" || set === null) {
    const { nameservers } = wantedNameservers(facts);
    const records = nameservers.length === 0 ? "NS records" : nsLines(zone, nameservers).join("; ");
    return [
      error(`the server ${server} of the parent zone has no NS records for ${zone}`, `add there: ${records}`),
    ];
  }
  const found: Finding[] = [];
  if (hasDs)
    found.push(
      error(
        `the parent zone has DS records for ${zone}, which is not signed: validating resolvers refuse its answers`,
        `remove the DS records of ${zone} from the parent zone`,
      ),
    );
  return [...found, ...checkTtl(set.ttlSeconds, `in the parent zone (${server})`)];
}

function checkAgreement(parents: readonly ParentFacts[], zone: string): readonly Finding[] {
  const [first, ...others] = parents.filter(({ set }) => set !== null);
  const differing = others.find((other) => textOfSet(other) !== textOfSet(first));
  if (first === undefined || differing === undefined) return [];
  return [
    warning(
      `the servers ${first.server} and ${differing.server} of the parent zone have different delegations of ${zone}`,
      "wait until its secondary servers have copied the zone; then check again",
    ),
  ];
}

function textOfSet(parent: ParentFacts | undefined): string {
  return (parent?.set?.nameservers ?? []).map(({ name, addresses }) => `${name} ${addresses.join()}`).join();
}

/** The names of the parent's NS records against the wanted ones. */
function checkNames(facts: DelegationFacts): readonly Finding[] {
  const { zone, aliases } = facts;
  const delegated = delegatedNames(facts);
  const { nameservers, source } = wantedNameservers(facts);
  const wanted = new Set(nameservers.map(({ name }) => name));
  const found = aliases.map((name) =>
    error(
      `the nameserver ${name} is an alias (CNAME), which resolvers do not follow for NS records`,
      `give ${name} A and AAAA records instead`,
    ),
  );
  if (delegated.size === 0 || wanted.size === 0) return found;
  const missing = nameservers.filter(({ name }) => !delegated.has(name));
  const extra = [...delegated.keys()].filter((name) => !wanted.has(name));
  const inSource = source === "the settings" ? "the setting nameservers" : "the NS records of the zone";
  return [
    ...found,
    ...missing.map((server) =>
      warning(
        `no resolver uses ${server.name}: the parent zone does not name it`,
        `add to the parent zone: ${nsLines(zone, [server]).join("; ")}; or take it out of ${inSource}`,
      ),
    ),
    ...extra.map((name) =>
      warning(
        `the parent zone names ${name}, which ${inSource} ${source === "the settings" ? "does" : "do"} not have`,
        `add ${name} to ${inSource}, or remove it from the parent zone`,
      ),
    ),
  ];
}

/** The glue of names inside the zone, without which a resolver cannot reach them. */
function checkGlue(facts: DelegationFacts): readonly Finding[] {
  const { zone } = facts;
  const { nameservers, source } = wantedNameservers(facts);
  return [...delegatedNames(facts)].flatMap(([name, glue]) => {
    if (!isInDomain(name, zone)) return [];
    const addresses = nameservers.find((one) => one.name === name)?.addresses ?? [];
    if (glue.size === 0)
      return [
        error(
          `the parent zone has no glue for ${name}, which is inside ${zone}: no resolver can find its address`,
          `add to the parent zone: ${glueLines({ name, addresses }).join("; ") || `A and AAAA records of ${name}`}`,
        ),
      ];
    if (addresses.length === 0) return [];
    const wrong = [...glue].filter((address) => !addresses.includes(address));
    const missing = addresses.filter((address) => !glue.has(address));
    return [
      ...wrong.map((address) =>
        error(
          `the glue of ${name} in the parent zone has ${address}, which ${source} ${source === "the zone" ? "does" : "do"} not have`,
          `remove ${address} from the glue of ${name}, or add it to the addresses of the nameserver`,
        ),
      ),
      ...missing.map((address) =>
        warning(
          `the glue of ${name} in the parent zone lacks ${address}`,
          `add to the parent zone: ${glueLines({ name, addresses: [address] }).join("; ")}`,
        ),
      ),
    ];
  });
}

function nsLines(zone: string, nameservers: readonly NamedServer[]): readonly string[] {
  return nameservers.flatMap((server) => [
    `${zone}. NS ${server.name}.`,
    ...(isInDomain(server.name, zone) ? glueLines(server) : []),
  ]);
}

function glueLines({ name, addresses }: NamedServer): readonly string[] {
  return addresses.map((address) => `${name}. ${address.includes(":") ? "AAAA" : "A"} ${address}`);
}
