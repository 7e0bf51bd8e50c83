/**
 * A stub in the ConfigMap that a cluster's DNS has already, and out of it again. What others wrote there stays.
 *
 *   kind       with the stub                                        without it
 *   ────       ─────────────                                        ──────────
 *   coredns    one marked section of the Corefile, written anew     the section is taken out
 *   kube-dns   an entry for each federation and each domain         those entries are taken out; a key without entries goes
 */
import { OperationalError } from "../../kernel/error.ts";
import { corednsStub } from "./coredns.ts";
import { kubeDnsData } from "./kube-dns.ts";
import type { StubPlan } from "./plan.ts";

export type AppliedKind = "coredns" | "kube-dns";
/** The keys and texts of a ConfigMap. */
type ConfigData = Readonly<Record<string, string>>;

const BEGIN =
  "# fedns: begin. `fedns stub --apply` writes what is between these lines, and `--remove` takes it out.";
const END = "# fedns: end.";
const SECTION = /^# fedns: begin\..*\n(?:.*\n)*?# fedns: end\.\n?/m;

/** Throws OperationalError (STUB) where what is there cannot be read. */
export function withStub(kind: AppliedKind, data: ConfigData, plan: StubPlan): ConfigData {
  if (kind === "kube-dns") return withKubeDns(data, plan);
  const before = corefileIn(data).replace(SECTION, "");
  const gap = before === "" || before.endsWith("\n") ? "" : "\n";
  return { ...data, Corefile: `${before}${gap}${BEGIN}\n${corednsStub(plan)}${END}\n` };
}

/** Throws OperationalError (STUB) where what is there cannot be read. */
export function withoutStub(kind: AppliedKind, data: ConfigData, plan: StubPlan): ConfigData {
  if (kind === "coredns") return { ...data, Corefile: corefileIn(data).replace(SECTION, "") };
  const own = kubeDnsData(plan);
  const federations = [...federationsIn(data)].filter(
    ([name, domain]) => own.federations.get(name) !== domain,
  );
  const stubDomains = Object.entries(stubDomainsIn(data)).filter(([domain]) => !(domain in own.stubDomains));
  return kubeDnsTexts(data, new Map(federations), Object.fromEntries(stubDomains));
}

function corefileIn(data: ConfigData): string {
  const text = data["Corefile"];
  if (text !== undefined) return text;
  throw stubError(
    "the ConfigMap of CoreDNS has no Corefile; print the stub and put it where this cluster's DNS reads it",
  );
}

function withKubeDns(data: ConfigData, plan: StubPlan): ConfigData {
  const own = kubeDnsData(plan);
  const federations = new Map([...federationsIn(data), ...own.federations]);
  return kubeDnsTexts(data, federations, { ...stubDomainsIn(data), ...own.stubDomains });
}

function kubeDnsTexts(
  data: ConfigData,
  federations: ReadonlyMap<string, string>,
  stubDomains: Readonly<Record<string, unknown>>,
): ConfigData {
  const others = Object.entries(data).filter(([key]) => key !== "federations" && key !== "stubDomains");
  return {
    ...Object.fromEntries(others),
    ...(federations.size > 0 && { federations: [...federations].map((pair) => pair.join("=")).join(",") }),
    ...(Object.keys(stubDomains).length > 0 && { stubDomains: `${JSON.stringify(stubDomains)}\n` }),
  };
}

/** "myfed=example.com,other=example.org" */
function federationsIn({ federations = "" }: ConfigData): Map<string, string> {
  const pairs = federations.split(",").filter((pair) => pair.trim() !== "");
  return new Map(
    pairs.map((pair) => {
      const [name = "", domain = ""] = pair.split("=").map((part) => part.trim());
      return [name, domain];
    }),
  );
}

function stubDomainsIn({ stubDomains = "{}" }: ConfigData): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(stubDomains);
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return value as Readonly<Record<string, unknown>>;
  } catch {
    // Told below.
  }
  throw stubError(
    "stubDomains of the ConfigMap kube-dns is not a JSON object, so kube-dns does not read it; mend it first",
  );
}

function stubError(sentence: string): OperationalError {
  return new OperationalError("STUB", sentence);
}
