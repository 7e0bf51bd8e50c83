/** Reads core/v1 Events of a member: all of a namespace, or those about one object. */
import type { QueryParameters } from "../../fleet/kube/request-message.ts";
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import { pathOfCollection } from "../../fleet/objects/object-path.ts";
import { isRecord } from "../../fleet/kube/kube-error.ts";
import type { ClusterConnection } from "../clusters/connect.ts";
import { objectsOn, readPages } from "../everywhere/read-member.ts";
import type { MembersWork } from "../everywhere/with-members.ts";

const EVENTS = { group: "", version: "v1", plural: "events" };
/** Where Events about objects of cluster scope are. */
const CLUSTER_SCOPE_NAMESPACE = "default";

type EventsPlace = { readonly path: string; readonly query: QueryParameters };
type AboutObject = {
  readonly kind: string;
  /** "" for one of cluster scope. */
  readonly namespace: string;
  readonly name: string;
};

/** Null: all of the namespace; "" = of all namespaces. */
export function eventsPlace(namespace: string, about: AboutObject | null): EventsPlace {
  if (about === null) return { path: pathOfCollection({ resource: EVENTS, namespace }), query: {} };
  return {
    path: pathOfCollection({ resource: EVENTS, namespace: namespace || about.namespace }),
    query: { fieldSelector: `involvedObject.kind=${about.kind},involvedObject.name=${about.name}` },
  };
}

/** Those of the object that is there now, and those that do not say which. Throws as `Transport.request` does. */
export async function eventsAbout(
  member: ClusterConnection,
  about: AboutObject & { readonly uid: string },
  work: MembersWork,
): Promise<readonly ApiObject[]> {
  const place = eventsPlace(about.namespace || CLUSTER_SCOPE_NAMESPACE, about);
  const events = objectsOn(await readPages(member, place, work));
  return events.filter((event) => {
    const { uid } = isRecord(event["involvedObject"]) ? event["involvedObject"] : {};
    return typeof uid !== "string" || uid === "" || uid === about.uid;
  });
}
