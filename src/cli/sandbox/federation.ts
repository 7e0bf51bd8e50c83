/**
 * What makes the clusters of the sandbox a federation, from the code of the commands that make one of real clusters: the settings
 * of `fedns init`, the usual types as `fedns enable` enables them, and what `fedns join --kinds` makes for them.
 */
import {
  federatedDefinition,
  federatedTypeOf,
  typeConfig,
} from "../../fleet/host-objects/federated-definition.ts";
import { SYSTEM_NAMESPACE as namespace } from "../../fleet/host-objects/host-types.ts";
import { OTHER_TYPES, USUAL_TYPES } from "../../fleet/host-objects/usual-types.ts";
import { manifestFor } from "../../fleet/objects/write.ts";
import { SOURCE_NAMES } from "../../fleet/sources/source-table.ts";
import { clusterObject, secretObject } from "../membership/host-objects.ts";
import { configObject } from "../membership/init-objects.ts";
import { memberObjects, tokenSecret } from "../membership/member-objects.ts";
import type { PlannedObject } from "../membership/planned-object.ts";
import type { SandboxFederation } from "../session/session.ts";

export const federation: SandboxFederation = {
  host: (hostUid) => [
    manifestOf(configObject({ namespace, hostUid, scope: "Cluster" })),
    ...[...USUAL_TYPES, ...OTHER_TYPES].map((type) => federatedDefinition(type, federatedTypeOf(type))),
    ...USUAL_TYPES.map((type) => typeConfig(type, federatedTypeOf(type), type)),
  ],
  join(hostUid, { name: cluster, url, caPem, uid, latitude, longitude }) {
    const madeFor = { hostUid, cluster, namespace };
    const account = memberObjects({
      ...madeFor,
      sources: SOURCE_NAMES,
      kinds: [
        ...USUAL_TYPES.map(({ group, pluralName, isNamespaced }) => ({
          group,
          plural: pluralName,
          isNamespaced,
        })),
        // Of Federation v1.
        { group: "apps", plural: "replicasets", isNamespaced: true },
      ],
      namespaces: null,
    });
    const token = tokenSecret(madeFor);
    const declared = {
      ...madeFor,
      secretName: `fedns-${cluster}`,
      apiEndpoint: url,
      caBundle: caPem,
      proxyURL: null,
      disabledTLSValidations: [],
      clusterUid: uid,
      place: { location: `${latitude},${longitude}` },
      labels: {},
    };
    return {
      member: [...account, token].map(manifestOf),
      tokenSecret: { namespace, name: token.key.name },
      declaration: (encoded) =>
        [secretObject(declared, Buffer.from(encoded, "base64").toString()), clusterObject(declared)].map(
          manifestOf,
        ),
    };
  },
};

function manifestOf({ key, manifest }: PlannedObject): object {
  return manifestFor(key, manifest);
}
