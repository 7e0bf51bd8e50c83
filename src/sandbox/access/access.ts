/** Who may do what: role-based access control as real servers enforce it, or none at all. */
import type { KubeObject } from "../object/object.ts";
import { ApiError } from "../object/status.ts";
import { ADMIN_GROUP, isPathRequest } from "../object/user.ts";
import type { AccessAnswer, AccessRequest, User } from "../object/user.ts";
import type { ObjectClient } from "../store/objects.ts";
import type { ApiResource } from "../store/resource.ts";
import { checkEscalation } from "./escalation.ts";
import { RuleResolver } from "./resolver.ts";
import type { UserRules } from "./resolver.ts";
import { allows } from "./rule.ts";

/** `rbac`: as the roles and bindings say. `all`: every authenticated user may do everything. */
export type AccessMode = "rbac" | "all";

export class AccessControl {
  readonly #mode: AccessMode;
  readonly #resolver: RuleResolver;

  constructor(objects: ObjectClient, mode: AccessMode) {
    this.#mode = mode;
    this.#resolver = new RuleResolver(objects);
  }

  answer(user: User, request: AccessRequest): AccessAnswer {
    if (this.#isAdministrator(user)) return { isAllowed: true, reason: "" };
    const namespace = isPathRequest(request) ? "" : request.namespace;
    const { granted, faults } = this.#resolver.rulesFor(user, namespace);
    const found = granted.find(({ rule }) => allows(rule, request));
    if (found) return { isAllowed: true, reason: `RBAC: allowed by ${found.by}` };
    if (faults.length === 0) return { isAllowed: false, reason: "" };
    const list = faults.length === 1 ? (faults[0] ?? "") : `[${faults.join(", ")}]`;
    return { isAllowed: false, reason: `RBAC: ${list}` };
  }

  /** Throws 403 where the user may not do this. */
  require(user: User, request: AccessRequest): void {
    const { isAllowed, reason } = this.answer(user, request);
    if (!isAllowed) throw denied(user, request, reason);
  }

  rulesFor(user: User, namespace: string): UserRules {
    return this.#resolver.rulesFor(user, namespace);
  }

  /** Throws 403 where a role or binding would give rights that its author does not have. */
  checkWrite(user: User, resource: ApiResource, after: KubeObject, before: KubeObject | undefined): void {
    if (resource.group !== "rbac.authorization.k8s.io" || this.#isAdministrator(user)) return;
    const mayDo = (request: AccessRequest): boolean => this.answer(user, request).isAllowed;
    checkEscalation({ resolver: this.#resolver, user, mayDo, resource }, after, before);
  }

  #isAdministrator(user: User): boolean {
    return this.#mode === "all" || user.groups.includes(ADMIN_GROUP);
  }
}

function denied(user: User, request: AccessRequest, reason: string): ApiError {
  const message = reason === "" ? deniedText(user, request) : `${deniedText(user, request)}: ${reason}`;
  if (isPathRequest(request)) return new ApiError(403, "Forbidden", `forbidden: ${message}`, { details: {} });
  const { group, resource, name } = request;
  const subject = group === "" ? resource : `${resource}.${group}`;
  const named = name === "" ? subject : `${subject} ${JSON.stringify(name)}`;
  const details = { ...(name !== "" && { name }), ...(group !== "" && { group }), kind: resource };
  return new ApiError(403, "Forbidden", `${named} is forbidden: ${message}`, { details });
}

function deniedText({ name: user }: User, request: AccessRequest): string {
  const who = `User ${JSON.stringify(user)} cannot ${request.verb}`;
  if (isPathRequest(request)) return `${who} path ${JSON.stringify(request.path)}`;
  const { group, resource, subresource, namespace } = request;
  const full = subresource === "" ? resource : `${resource}/${subresource}`;
  const where = namespace === "" ? "at the cluster scope" : `in the namespace ${JSON.stringify(namespace)}`;
  return `${who} resource ${JSON.stringify(full)} in API group ${JSON.stringify(group)} ${where}`;
}
