/** The settings about where names come from: which objects of the members are read, and who may claim which host names. */
import { z } from "zod";
import { parseSelector } from "../../federation/hosts/selector.ts";
import type { HostRuleConfig, SourcesConfig } from "./types.ts";
import { dnsName, group, list, means, objectName, oneOf, text } from "./values.ts";

function onOff(standard: boolean, description: string): z.ZodDefault<z.ZodBoolean> {
  return means(z.boolean({ error: "must be true or false" }).default(standard), { description });
}

/** As kubectl's --selector; "" = everything. */
function selector(description: string): z.ZodDefault<z.ZodString> {
  const error = 'must be a label selector like "team=shop,stage!=dev"';
  const schema = z
    .string({ error })
    .max(1024, { error })
    .refine((value) => parseSelector(value) !== null, { error });
  return means(schema.default(""), { description });
}

const namespace = z
  .string({ error: "must be the name of a namespace" })
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, {
    error: "must be the name of a namespace",
  });

const classes = (what: string): z.ZodDefault<z.ZodArray<z.ZodString>> =>
  means(list(text("a name")).default([]), { description: `${what}; empty = all.` });

/** Which objects of a source count: in every member the same. */
const chosen = {
  namespaces: means(list(namespace).default([]), {
    description: "Namespaces whose objects count; empty = all.",
  }),
  namespaceSelector: selector("Labels of namespaces whose objects count; empty = all."),
  labelSelector: selector("Labels of the objects themselves; the members' API servers choose. Empty = all."),
};

const services = group({
  enabled: onOff(true, "Services: the names SERVICE.NAMESPACE.federation.svc.domain."),
  ...chosen,
  externalIPs: onOff(true, "spec.externalIPs stand in for what a Service announces otherwise."),
  balancerHostnames: means(oneOf(["resolve", "alias"]).default("resolve"), {
    description:
      "A load balancer's host name is looked up and its addresses answered, or it is answered as an alias (CNAME) where every cluster has one. fedns.io/balancer-hostname on a Service goes before.",
  }),
});

const ingresses = group({
  enabled: onOff(false, "Ingresses (networking.k8s.io/v1): hosts of rules and TLS."),
  ...chosen,
  classes: classes("Ingress classes that count"),
});

const gateways = group({
  enabled: onOff(
    false,
    "The Gateway API: hosts of HTTPRoutes, GRPCRoutes and TLSRoutes at their Gateways. Namespaces and labels choose routes.",
  ),
  ...chosen,
  classes: classes("GatewayClasses that count"),
});

const externalDns = group({
  enabled: onOff(
    false,
    "Annotations of ExternalDNS on objects of the other sources: hostname, target, ttl, access.",
  ),
  internalHostnames: onOff(
    false,
    "internal-hostname too, which means cluster IPs: of use only where those are routed.",
  ),
});

const dnsEndpoints = group({
  enabled: onOff(false, "DNSEndpoints (externaldns.k8s.io/v1alpha1): records as data."),
  ...chosen,
});

export const sources: z.ZodPrefault<z.ZodType<SourcesConfig>> = means(
  group({
    services: means(services.prefault({}), { description: "Services of members." }),
    ingresses: means(ingresses.prefault({}), { description: "Ingresses of members." }),
    gateways: means(gateways.prefault({}), { description: "Gateways and routes of members." }),
    externalDns: means(externalDns.prefault({}), { description: "What was written for ExternalDNS." }),
    dnsEndpoints: means(dnsEndpoints.prefault({}), { description: "DNSEndpoints of members." }),
  }).prefault({}),
  {
    description: "Where names come from. A member that does not serve an API of a source is read without it.",
  },
);

export const hosts: z.ZodDefault<z.ZodArray<z.ZodType<HostRuleConfig>>> = means(
  list(
    group({
      suffix: means(dnsName(), { description: "Host names at and below it, wildcards included." }),
      clusters: means(list(objectName()).default([]), {
        description: "Members that may claim them; empty = any.",
      }),
      namespaces: means(list(namespace).default([]), {
        description: "Namespaces that may claim them; empty = any.",
      }),
      delegations: onOff(
        false,
        "NS records too (DNSEndpoints). Who has those of a name has all names below it, whoever else claims them: for suffixes that are one owner's, without regions of a federation below.",
      ),
    }),
  ).default([]),
  {
    description:
      "Who may claim which host names. The longest suffix decides, several with one suffix add up; a name that none speaks of nobody may claim.",
  },
);

/** A rule of `hosts` that nothing can come of, or host names that nobody may have. Looks at the file as it was written. */
type SourceConflict = { readonly path: readonly (string | number)[]; readonly message: string };

const CLAIMING = ["ingresses", "gateways", "externalDns", "dnsEndpoints"] as const;

export function sourceConflicts(raw: unknown): SourceConflict[] {
  const on = CLAIMING.filter((name) => at(raw, "sources", name, "enabled") === true);
  const rules = at(raw, "hosts");
  const hasRules = Array.isArray(rules) && rules.length > 0;
  if (on.length > 0 && !hasRules && (rules === undefined || Array.isArray(rules))) {
    const message =
      "is on, but no rule in hosts lets anybody claim a name; add hosts: [{ suffix: apps.example.com }]";
    return [{ path: ["sources", on[0] as string, "enabled"], message }];
  }
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
