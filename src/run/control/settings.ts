/** The part of the settings that the publisher needs, as names. */
import { areHostsRead } from "../../fleet/sources/source-table.ts";
import { type Name, nameOf } from "../../dns/message/name.ts";
import type { PublishedFederation } from "../../picture/nodes/node-plan.ts";
import type { Config } from "../config/config.ts";

export function publishedFederations(config: Config): PublishedFederation[] {
  return config.federations.map(({ name, domain }, id) => ({ id, name, domain: nameOf(domain) }));
}

/** The suffixes under which members may have hosts; none when no source that declares hosts is enabled. */
export function hostSuffixes({ sources, hosts }: Config): Name[] {
  return areHostsRead(sources) ? hosts.map(({ suffix }) => nameOf(suffix)) : [];
}
