/** Secrets of type `kubernetes.io/service-account-token`: filled with tokens, and deleted with their service accounts. */
import { objectAt, textAt } from "../object/json.ts";
import type { KubeObject } from "../object/object.ts";
import { refOf } from "../store/objects.ts";
import type { ObjectClient } from "../store/objects.ts";
import type { Controller } from "../reconcile/loop.ts";
import type { ControllerSettings } from "../reconcile/settings.ts";

const type = "kubernetes.io/service-account-token";
const nameKey = "kubernetes.io/service-account.name";
const uidKey = "kubernetes.io/service-account.uid";

export function tokenController(objects: ObjectClient, settings: ControllerSettings): Controller {
  const fill = (secret: KubeObject): void => {
    const { namespace = "", annotations } = secret.metadata;
    const name = annotations?.[nameKey] ?? "";
    const account = objects.get({ apiVersion: "v1", kind: "ServiceAccount", namespace, name });
    const uid = account?.metadata.uid;
    const before = annotations?.[uidKey];
    // The account is gone, or another one has its name.
    if (before !== undefined && before !== uid) {
      objects.delete(refOf(secret));
      return;
    }
    if (uid === undefined || textAt(objectAt(secret, "data"), "token") !== "") return;
    const bound = { kind: "Secret", name: secret.metadata.name, uid: secret.metadata.uid ?? "" };
    const claims = { namespace, account: { name, uid }, bound, audiences: [], expiresMs: Infinity };
    const token = settings.issuer.issue(claims, settings.clock.wallMs());
    const coded = (text: string): string => Buffer.from(text).toString("base64");
    objects.patch(refOf(secret), {
      metadata: { annotations: { [uidKey]: uid } },
      data: { token: coded(token), "ca.crt": coded(settings.caPem), namespace: coded(namespace) },
    });
  };

  return {
    name: "tokens",
    keysFor({ kind, object }) {
      const isSecret = object.kind === "Secret";
      if (kind === "DELETED" && isSecret) return [];
      const isOurs = isSecret ? object["type"] === type : object.kind === "ServiceAccount";
      return isOurs ? [object.metadata.namespace ?? ""] : [];
    },
    reconcile(namespace) {
      for (const secret of objects.list("v1", "Secret", namespace)) if (secret["type"] === type) fill(secret);
    },
  };
}
