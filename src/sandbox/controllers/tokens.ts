/** Fills Secrets of type `kubernetes.io/service-account-token` with tokens that are valid while the server runs. */
import { objectAt, textAt } from "../object/json.ts";
import type { KubeObject } from "../object/object.ts";
import { refOf } from "../store/objects.ts";
import type { ObjectClient } from "../store/objects.ts";
import { accountName, serviceAccountToken } from "../tls/token.ts";
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
    if (!account || textAt(objectAt(secret, "data"), "token") !== "") return;
    const token = serviceAccountToken(namespace, name, settings.random);
    settings.addToken(token, accountName(namespace, name));
    const coded = (text: string): string => Buffer.from(text).toString("base64");
    objects.patch(refOf(secret), {
      metadata: { annotations: { [uidKey]: account.metadata.uid } },
      data: { token: coded(token), "ca.crt": coded(settings.caPem), namespace: coded(namespace) },
    });
  };

  return {
    name: "tokens",
    keysFor({ kind, object }) {
      if (kind === "DELETED") return [];
      const isOurs = object.kind === "Secret" ? object["type"] === type : object.kind === "ServiceAccount";
      return isOurs ? [object.metadata.namespace ?? ""] : [];
    },
    reconcile(namespace) {
      for (const secret of objects.list("v1", "Secret", namespace)) if (secret["type"] === type) fill(secret);
    },
  };
}
