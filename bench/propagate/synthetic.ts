/**
 * A host and members that exist as text only, for part (g): all is in place, and nothing ever changes.
 *
 *   node bench/propagate/synthetic.ts DIRECTORY MEMBERS OBJECTS
 *
 * Serves lists in pages and watches without events over plain HTTP, and counts requests that would write. Writes a kubeconfig for
 * the host and each member, then DIRECTORY/port. `GET /writes` tells how many there were.
 */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pageText } from "../load/api-objects.ts";
import { announce } from "../load/kubeconfig.ts";
import { memberName } from "./content.ts";
import { copyText, federatedText, namespaceCopyText, namespaceText } from "./synthetic-objects.ts";

const [directory = ".", ...numbers] = process.argv.slice(2);
const [members = 0, objects = 0] = numbers.map(Number);
const revision = String(10 + objects);
let writes = 0;

/** Texts of the items `from` up to `to`. */
type Items = (from: number, to: number) => readonly string[];

function each(make: (index: number) => string): Items {
  return (from, to) => Array.from({ length: Math.max(0, to - from) }, (_, n) => make(from + n));
}

function itemsOf(cluster: string, plural: string): readonly [items: Items, count: number] | null {
  if (cluster === "host") {
    if (plural === "federatedconfigmaps") return [each((index) => federatedText(index, members)), objects];
    // The journal of deletions: there are none.
    if (plural === "configmaps") return [each(() => ""), 0];
    return plural === "federatednamespaces" ? [each(() => namespaceText(members)), 1] : null;
  }
  const member = Number(cluster.slice(1));
  if (plural === "configmaps") return [each((index) => copyText(member, index)), objects];
  return plural === "namespaces" ? [each(() => namespaceCopyText(member)), 1] : null;
}

function page(cluster: string, plural: string, query: URLSearchParams): string | null {
  const found = itemsOf(cluster, plural);
  if (found === null) return null;
  const [items, count] = found;
  const from = Number(query.get("continue") ?? 0);
  const to = Math.min(count, from + Number(query.get("limit") ?? count));
  return pageText("", revision, to < count ? String(to) : "", items(from, to));
}

function watch(outgoing: ServerResponse): void {
  outgoing.write(
    `${JSON.stringify({ type: "BOOKMARK", object: { metadata: { resourceVersion: revision } } })}\n`,
  );
}

const kinds = [{ name: "federatedconfigmaps" }, { name: "federatednamespaces" }];
const server = createServer((incoming, outgoing) => {
  const url = new URL(incoming.url ?? "/", "http://localhost");
  const [, cluster = "", ...rest] = url.pathname.split("/");
  const plural = rest.at(-1) ?? "";
  outgoing.setHeader("content-type", "application/json");
  if (cluster === "writes") outgoing.end(JSON.stringify(writes));
  else if (incoming.method !== "GET") {
    writes += 1;
    outgoing.writeHead(403).end("{}");
  } else if (rest.join("/") === "apis/types.kubefed.io/v1beta1")
    outgoing.end(JSON.stringify({ kind: "APIResourceList", resources: kinds }));
  else if (url.searchParams.get("watch") === "true") watch(outgoing);
  else {
    const text = page(cluster, plural, url.searchParams);
    if (text === null) outgoing.writeHead(404).end("{}");
    else outgoing.end(text);
  }
});
server.listen(0, "127.0.0.1", () => {
  const names = ["host", ...Array.from({ length: members }, (_, member) => memberName(member))];
  announce(directory, names, (server.address() as AddressInfo).port);
});
