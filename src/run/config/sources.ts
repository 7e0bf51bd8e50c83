/** The settings about sources: which objects of the clusters are read, and which of them may claim which host names. */
import { z } from "zod";
import { parseSelector } from "../../federation/hosts/selector.ts";
import type { NamespaceLimits } from "../../federation/hosts/namespace-filter.ts";
import type { SourceChoice } from "../../fleet/sources/host-source.ts";
import {
  SOURCE_NAMES,
  type SourceName,
  type SourceSettings,
  SOURCES,
} from "../../fleet/sources/source-table.ts";
import type { HostRuleConfig } from "./types.ts";
import { dnsName, group, list, describe, objectName, oneOf, text } from "./values.ts";

function onOff(standard: boolean, description: string): z.ZodDefault<z.ZodBoolean> {
  return describe(z.boolean({ error: "must be true or false" }).default(standard), { description });
}

/** As kubectl's --selector; "" = everything. */
function selector(description: string): z.ZodDefault<z.ZodString> {
  const error = 'must be a label selector like "team=shop,stage!=dev"';
  const schema = z
    .string({ error })
    .max(1024, { error })
    .refine((value) => parseSelector(value) !== null, { error });
  return describe(schema.default(""), { description });
}

const namespace = z
  .string({ error: "must be the name of a namespace" })
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, {
    error: "must be the name of a namespace",
  });

const classes = (what: string): z.ZodDefault<z.ZodArray<z.ZodString>> =>
  describe(list(text("a name")).default([]), { description: `${what}; empty = all.` });

/** Which objects of a source count: in every member the same. */
const chosen = {
  namespaces: describe(list(namespace).default([]), {
    description: "Namespaces whose objects are used; empty = all.",
  }),
  namespaceSelector: selector("Labels of the namespaces whose objects are read; empty = all."),
  labelSelector: selector(
    "Labels of the objects that are read; the API servers of the members select by it. Empty = all.",
  ),
};

type OwnKeys<Name extends SourceName> = Exclude<keyof SourceSettings[Name], keyof SourceChoice>;
type SourceWithOwn = { [Name in SourceName]: OwnKeys<Name> extends never ? never : Name }[SourceName];

/** The settings of single sources, beside those that all have. */
const OWN: {
  readonly [Name in SourceWithOwn]: {
    readonly [Key in OwnKeys<Name>]: z.ZodType<SourceSettings[Name][Key]>;
  };
} = {
  services: {
    externalIPs: onOff(true, "spec.externalIPs replace the other addresses of a Service."),
    balancerHostnames: describe(oneOf(["resolve", "alias"]).default("resolve"), {
      description:
        "Look up the host name of a load balancer and return its addresses, or return it as an alias (CNAME) if every cluster has one. The annotation fedns.io/balancer-hostname on a Service takes precedence.",
    }),
    internalIPv6: onOff(
      false,
      "Internal IPv6 addresses of nodes count as external where a node has no external one: for clouds that list global addresses as internal. As --expose-internal-ipv6 of ExternalDNS.",
    ),
    remoteEndpoints: onOff(
      false,
      "EndpointSlices that come from other clusters, by a mesh or a controller of multicluster Services, make this cluster ready as well.",
    ),
  },
  ingresses: {
    classes: classes("Ingress classes to use"),
    tlsHosts: onOff(
      true,
      "Hosts of spec.tls count as those of the rules. The annotation fedns.io/ingress-hosts on an Ingress takes precedence.",
    ),
  },
  gateways: { classes: classes("GatewayClasses to use") },
  externalDns: {
    internalHostnames: onOff(
      false,
      "Read internal-hostname too, which means cluster IPs: useful only where those are routed.",
    ),
  },
};

/** The group of one source, from its row in the table. */
function sourceGroup(name: SourceName): z.ZodType {
  const { description, enabledDescription, isOnByDefault, resources } = SOURCES[name];
  const hasObjects = Object.keys(resources).length > 0;
  const own: Readonly<Partial<Record<SourceName, z.ZodRawShape>>> = OWN;
  const shape = {
    enabled: onOff(isOnByDefault, enabledDescription),
    ...(hasObjects && chosen),
    ...own[name],
  };
  return describe(group(shape).prefault({}), { description });
}

const sourceGroups = Object.fromEntries(SOURCE_NAMES.map((name) => [name, sourceGroup(name)]));

export const sources: z.ZodPrefault<z.ZodType<SourceSettings>> = describe(
  (group(sourceGroups) as unknown as z.ZodType<SourceSettings>).prefault({} as SourceSettings),
  {
    description:
      "The objects that names come from. A member that does not serve the API of a source is read without it.",
  },
);

export const hosts: z.ZodDefault<z.ZodArray<z.ZodType<HostRuleConfig>>> = describe(
  list(
    group({
      suffix: describe(dnsName(), { description: "Host names at and below this name, including wildcards." }),
      clusters: describe(list(objectName()).default([]), {
        description: "Clusters that may claim them; empty = all.",
      }),
      namespaces: describe(list(namespace).default([]), {
        description: "Namespaces that may claim them; empty = all.",
      }),
      delegations: onOff(
        false,
        "Accept NS and DNAME records too (DNSEndpoints). They decide about all names below theirs, even names that other objects claim: only for suffixes with one owner and without regions of a federation below.",
      ),
    }),
  ).default([]),
  {
    description:
      "Who may claim which host names. The rule with the longest suffix decides, and rules with the same suffix are combined. A name without a rule cannot be claimed.",
  },
);

/** Rules of `hosts` without effect, and sources whose hosts no rule allows. Looks at the file as it was written. */
type SourceConflict = { readonly path: readonly (string | number)[]; readonly message: string };

export function sourceConflicts(raw: unknown): SourceConflict[] {
  const naming = SOURCE_NAMES.filter((name) => SOURCES[name].namesHosts);
  const on = naming.filter((name) => at(raw, "sources", name, "enabled") === true);
  const rules = at(raw, "hosts");
  const hasRules = Array.isArray(rules) && rules.length > 0;
  if (on.length > 0 && !hasRules && (rules === undefined || Array.isArray(rules))) {
    const message = "is on, but no rule in hosts allows any claim; add hosts: [{ suffix: apps.example.com }]";
    return [{ path: ["sources", on[0] as string, "enabled"], message }];
  }
  // The host may know any cluster.
  if (at(raw, "host") !== undefined) return [];
  const clusters = at(raw, "clusters");
  const known = new Set(Array.isArray(clusters) ? clusters.map((cluster) => at(cluster, "name")) : []);
  return (Array.isArray(rules) ? rules : []).flatMap((rule: unknown, index) => {
    const named = at(rule, "clusters");
    return (Array.isArray(named) ? named : []).flatMap((name: unknown, place) =>
      typeof name !== "string" || known.has(name)
        ? []
        : [
            {
              path: ["hosts", index, "clusters", place],
              message: `names no cluster: there is no ${name} in clusters`,
            },
          ],
    );
  });
}

function at(value: unknown, ...path: readonly string[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, key)) return undefined;
    current = (current as Record<string, unknown>)[key];
  }
  return current;
}

/** Of one member. */
export const memberNamespaces: z.ZodPrefault<z.ZodType<NamespaceLimits>> = describe(
  group({
    allow: describe(list(namespace).default([]), {
      description: "Names of namespaces; empty = those of the selector, or all.",
    }),
    selector: selector("Labels of further namespaces; empty = none."),
  }).prefault({}),
  {
    description:
      "Which namespaces of this member may declare Services and host names, and whose annotations steer traffic; both empty = all. What others declare is told in /status.",
  },
);
