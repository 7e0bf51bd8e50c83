/**
 * What a route's controllers say of it: at which Gateways and ListenerSets it is accepted, and whether its backends may be used.
 *
 *   a reference of the spec            a status for it (several may match)     counts
 *   is there                           Accepted True                           yes
 *   is there                           Accepted Unknown                        if it was accepted before
 *   is there                           Accepted False                          no
 *   is there                           none                                    no; but the statuses for references that the spec had before do
 *   is not there any more              Accepted True                           only so long, the last verdict stands: if it is about an
 *                                                                              older spec, or does not say and counted before
 */
import type { Parent } from "../../federation/gateways/attach.ts";
import { at, condition, conditionOf, inBrackets, isLabel, list, oneLine, port, text } from "./raw.ts";

const GATEWAY_GROUP = "gateway.networking.k8s.io";
const X_GATEWAY_GROUP = "gateway.networking.x-k8s.io";

/** The API's limit. */
const PARENTS_MAX = 32;
/** Statuses of parents: from several controllers, or one per listener. */
const STATUSES_MAX = 128;

export type ParentVerdicts = {
  readonly parents: readonly Parent[];
  /** What the controllers say against it; "" = nothing. */
  readonly refusal: string;
  /** Why backends may not be used; "" = they may. */
  readonly unresolved: string;
  /** References to what is not read: "Service shop/web". */
  readonly unread: readonly string[];
};

type Reference = Pick<Parent, "holder" | "section" | "port">;
type Verdict = {
  readonly reference: Reference;
  /** "True", "False", "Unknown" or "". */
  readonly accepted: string;
  /** Its controller has not looked at the present spec; "unknown": it does not say. */
  readonly isOld: boolean | "unknown";
  readonly status: unknown;
};

/** What of the route's Services may be used when its controller gives this reason why references do not resolve. */
type Usable = (reason: string) => readonly string[] | null;

/** `object`: the route. */
export function parentVerdicts(object: unknown, namespace: string, usable: Usable): ParentVerdicts {
  const given = list(at(object, "spec", "parentRefs")).slice(0, PARENTS_MAX);
  const asked = given.flatMap((reference) => parentOf(reference, namespace) ?? []);
  const verdicts = verdictsIn(object, namespace);
  const parents: Parent[] = [];
  const take = (reference: Reference, isAccepted: boolean, status: unknown): void => {
    if (!parents.some((one) => sameReference(one, reference)))
      parents.push({ ...reference, isAccepted, ...servicesAt(status, usable) });
  };
  let [isSilent, refusal] = [false, ""];
  for (const reference of asked) {
    const about = verdicts.flatMap((verdict) => {
      const both = together(reference, verdict.reference);
      return both === null ? [] : [{ both, verdict }];
    });
    for (const { both, verdict } of about)
      if (verdict.accepted !== "False") take(both, verdict.accepted === "True", verdict.status);
    isSilent ||= !about.some(({ verdict }) => verdict.accepted === "True" || verdict.accepted === "False");
    const no = about.find(({ verdict }) => verdict.accepted === "False");
    if (no !== undefined && refusal === "")
      refusal = `Accepted is False${inBrackets(conditionOf(no.verdict.status, "Accepted"))}`;
  }
  if (isSilent)
    for (const { reference, accepted, isOld, status } of verdicts)
      if (accepted === "True" && isOld !== false && !asked.some((one) => together(one, reference) !== null))
        take(reference, isOld === true, status);
  if (refusal === "" && isSilent) refusal = "its controller has not accepted the present parentRefs yet";
  const broken = verdicts.find(({ status }) => condition(status, "ResolvedRefs") === "False");
  return {
    parents,
    refusal,
    unresolved: broken === undefined ? "" : inBrackets(conditionOf(broken.status, "ResolvedRefs")),
    unread: given
      .filter((reference) => parentOf(reference, namespace) === null)
      .map((one) => wordsFor(one, namespace)),
  };
}

function verdictsIn(object: unknown, namespace: string): readonly Verdict[] {
  const generation = at(object, "metadata", "generation");
  const statuses = list(at(object, "status", "parents")).slice(0, STATUSES_MAX);
  return statuses.flatMap((status) => {
    const reference = parentOf(at(status, "parentRef"), namespace);
    if (reference === null) return [];
    const seen = at(
      list(at(status, "conditions")).find((one) => at(one, "type") === "Accepted"),
      "observedGeneration",
    );
    const isOld = typeof seen === "number" && typeof generation === "number" ? seen < generation : "unknown";
    return [{ reference, accepted: condition(status, "Accepted"), isOld, status }];
  });
}

function servicesAt(status: unknown, usable: Usable): Pick<Parent, "services"> {
  const { status: word, reason } = conditionOf(status, "ResolvedRefs");
  return word === "False" ? { services: usable(reason) } : {};
}

/**
 * The intersection of two references; null = none. Some controllers write a status for each listener although the reference
 * names none, or leave out the listener that it names.
 */
function together(a: Reference, b: Reference): Reference | null {
  const isOneSection = a.section === b.section || a.section === "" || b.section === "";
  const isOnePort = a.port === b.port || a.port === 0 || b.port === 0;
  if (a.holder !== b.holder || !isOneSection || !isOnePort) return null;
  return { holder: a.holder, section: a.section || b.section, port: a.port || b.port };
}

/** Null: it is not read. */
function parentOf(reference: unknown, namespace: string): Reference | null {
  const home = text(at(reference, "namespace")) || namespace;
  const name = text(at(reference, "name"));
  const kind = kindOf(reference);
  if (kind === null || !isLabel(home) || name === "") return null;
  return {
    holder: kind === "Gateway" ? `${home}/${name}` : `${kind} ${home}/${name}`,
    section: text(at(reference, "sectionName")),
    port: port(at(reference, "port")),
  };
}

function kindOf(reference: unknown): "Gateway" | "ListenerSet" | "XListenerSet" | null {
  const kind = at(reference, "kind") ?? "Gateway";
  if (isGatewayGroup(at(reference, "group")))
    return kind === "Gateway" || kind === "ListenerSet" ? kind : null;
  return at(reference, "group") === X_GATEWAY_GROUP && kind === "XListenerSet" ? kind : null;
}

/** An absent group is the Gateway API's own. */
export function isGatewayGroup(group: unknown): boolean {
  return group === undefined || group === null || group === "" || group === GATEWAY_GROUP;
}

function wordsFor(reference: unknown, namespace: string): string {
  const kind = text(at(reference, "kind")) || "Gateway";
  const home = text(at(reference, "namespace")) || namespace;
  return oneLine(`${kind} ${home}/${text(at(reference, "name"))}`, 255);
}

export function sameReference(a: Reference, b: Reference): boolean {
  return a.holder === b.holder && a.section === b.section && a.port === b.port;
}
