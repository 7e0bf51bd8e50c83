/** Refusals that concern rights, webhooks, sizes and the manifest. */
import { forbidden, invalid, type Row } from "./refused-answer.ts";

export const RIGHTS: readonly Row[] = [
  [
    "webhook-denied",
    "a webhook without a code",
    { status: 400, message: 'admission webhook "a.example" denied the request: no' },
    { webhook: "a.example" },
  ],
  [
    "webhook-denied",
    "a webhook that chose 429",
    { status: 429, message: 'admission webhook "b" denied the request: slow down' },
    { webhook: "b" },
  ],
  [
    "webhook-denied",
    "a webhook that chose 403 and a reason",
    { status: 403, reason: "Forbidden", message: 'admission webhook "b" denied the request: no' },
  ],
  [
    "webhook-unavailable",
    "a webhook that is down",
    {
      status: 500,
      reason: "InternalError",
      message: 'Internal error occurred: failed calling webhook "b": failed to call webhook: dial tcp',
    },
    { webhook: "b" },
  ],
  [
    "invalid-manifest",
    "an item twice in a list",
    {
      status: 500,
      message:
        'failed to create typed patch object (d/a; apps/v1, Kind=Deployment): .spec.template.spec.containers[name="a"].env: duplicate entries for key [name="A"]',
    },
  ],
  [
    "invalid-manifest",
    "a field that the schema lacks",
    {
      status: 500,
      message:
        "failed to create typed patch object (d/a; v1, Kind=ConfigMap): .x: field not declared in schema",
    },
  ],
  [
    "live-duplicates",
    "duplicates in the object in the cluster",
    { status: 500, message: "failed to create manager for existing fields: failed to convert" },
  ],
  ["too-large", "a body beyond the limit", { status: 413, reason: "RequestEntityTooLarge" }],
  ["too-large", "etcd's limit", { status: 500, message: "etcdserver: request is too large" }],
  [
    "too-large",
    "gRPC's limit",
    {
      status: 500,
      message: "rpc error: code = ResourceExhausted desc = trying to send message larger than max",
    },
  ],
  [
    "too-large",
    "a ConfigMap beyond 1 MiB",
    invalid([
      { reason: "FieldValueTooLong", message: "Too long: must have at most 1048576 bytes", field: "[]" },
    ]),
  ],
  ["unauthorized", "a bad token", { status: 401, reason: "Unauthorized", message: "Unauthorized" }],
  [
    "namespace-terminating",
    "a namespace that is being deleted",
    forbidden("unable to create new content in namespace d because it is being terminated", {
      causes: [
        {
          reason: "NamespaceTerminating",
          message: "namespace d is being terminated",
          field: "metadata.namespace",
        },
      ],
    }),
  ],
  [
    "escalation",
    "a role with more than we have",
    forbidden(
      'user "system:serviceaccount:d:fedns" (groups=["a" "b"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""]}',
    ),
  ],
  [
    "rbac",
    "a verb that is not allowed",
    forbidden('User "u" cannot patch resource "configmaps" in API group "" in the namespace "d"'),
    { isCreateMissing: false },
  ],
  ["rbac", "patch without create", forbidden(""), { isCreateMissing: true }],
  ["quota", "a quota", forbidden("exceeded quota: q, requested: count/configmaps=1, used: 3, limited: 3")],
  ["quota", "a quota that asks for limits", forbidden("failed quota: q: must specify limits.cpu for: a")],
  ["admission", "a pod security standard", forbidden('violates PodSecurity "restricted:latest": privileged')],
  [
    "admission",
    "a ValidatingAdmissionPolicy",
    {
      status: 422,
      reason: "Invalid",
      message: "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: failed expression",
    },
  ],
];
