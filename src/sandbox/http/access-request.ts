/** What a request asks to do, read from method, path and query alone, whether or not the server has such a resource. */
import type { AccessRequest } from "../object/user.ts";

const verbs: Readonly<Record<string, string>> = {
  POST: "create",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
  GET: "get",
  HEAD: "get",
};
/** Subresources of a namespace; anything else below one is a resource in it. */
const ofNamespaces: readonly string[] = ["status", "finalize"];

type Asked = { readonly method: string; readonly path: string; readonly query: URLSearchParams };

export function readAccessRequest({ method, path, query }: Asked): AccessRequest {
  const [root, ...rest] = path.split("/").filter(Boolean).map(decode);
  const versioned = root === "api" ? ["", ...rest] : root === "apis" ? rest : [];
  const [group, version, ...parts] = versioned;
  if (group === undefined || version === undefined || parts.length === 0)
    return { verb: method.toLowerCase(), path };
  let namespace = "";
  let [resource = "", name = "", subresource = ""] = parts;
  if (resource === "namespaces") {
    namespace = name;
    if (subresource !== "" && !ofNamespaces.includes(subresource))
      [, , resource = "", name = "", subresource = ""] = parts;
  }
  const verb = verbs[method] ?? "";
  const about = { group, resource, subresource, namespace };
  if (name !== "") return { ...about, verb: isWatch(query) && verb === "get" ? "watch" : verb, name };
  return { ...about, ...ofCollection(verb, query) };
}

/** A selector for one name makes a list a request for that object, which rules with names may allow. */
function ofCollection(
  verb: string,
  query: URLSearchParams,
): { readonly verb: string; readonly name: string } {
  if (verb === "delete") return { verb: "deletecollection", name: "" };
  if (verb !== "get") return { verb, name: "" };
  const [, name = ""] = /^metadata\.name==?([^,]+)$/.exec(query.get("fieldSelector") ?? "") ?? [];
  return { verb: isWatch(query) ? "watch" : "list", name };
}

function isWatch(query: URLSearchParams): boolean {
  return /^(1|t|true)$/i.test(query.get("watch") ?? "");
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
