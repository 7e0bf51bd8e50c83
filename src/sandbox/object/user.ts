/** Users of the API, and what they ask to do. */

export type User = {
  readonly name: string;
  /** Service accounts have one. */
  readonly uid?: string;
  /** Without `system:authenticated`, which every user has. */
  readonly groups: readonly string[];
};

/** Members may do everything. */
export const ADMIN_GROUP = "system:masters";

export function administrator(name: string): User {
  return { name, groups: [ADMIN_GROUP] };
}

export function groupsOf({ groups }: User): readonly string[] {
  return groups.includes(AUTHENTICATED) ? groups : [...groups, AUTHENTICATED];
}

const AUTHENTICATED = "system:authenticated";

type ResourceRequest = {
  readonly verb: string;
  /** "" is the core group. */
  readonly group: string;
  /** The plural. */
  readonly resource: string;
  readonly subresource: string;
  /** "" is the whole cluster. */
  readonly namespace: string;
  /** "" for a collection. */
  readonly name: string;
};

/** A path outside of the resources: `/version`, `/apis`. The verb is the method in lower case. */
type PathRequest = { readonly verb: string; readonly path: string };

export type AccessRequest = ResourceRequest | PathRequest;

export function isPathRequest(request: AccessRequest): request is PathRequest {
  return "path" in request;
}

/** Whether a request is allowed, and by which binding. */
export type AccessAnswer = { readonly isAllowed: boolean; readonly reason: string };
