/** Who asks: the authenticated user, or another one whom the user may act as (`kubectl --as`). */
import type { IncomingMessage } from "node:http";
import type { AccessControl } from "../access/access.ts";
import { badRequest } from "../object/status.ts";
import type { User } from "../object/user.ts";

const ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;

/** Throws 403 where `user` may not impersonate the user that the headers name. */
export function actingUser(access: AccessControl, user: User, request: IncomingMessage): User {
  const { "impersonate-user": names, "impersonate-group": groups = [] } = request.headersDistinct;
  const [name] = names ?? [];
  if (name === undefined) {
    if (groups.length > 0) throw badRequest("requested groups without impersonating a user");
    return user;
  }
  const impersonate = (resource: string, namespace: string, one: string): void =>
    access.require(user, { verb: "impersonate", group: "", resource, subresource: "", namespace, name: one });
  const [, namespace = "", account] = ACCOUNT.exec(name) ?? [];
  if (account === undefined) impersonate("users", "", name);
  else impersonate("serviceaccounts", namespace, account);
  for (const group of groups) impersonate("groups", "", group);
  const own = account === undefined ? [] : ["system:serviceaccounts", `system:serviceaccounts:${namespace}`];
  return { name, groups: groups.length > 0 ? groups : own };
}
