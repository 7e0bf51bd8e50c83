/** Refusals that concern the state of the object, the kind or the server. */
import { UID, UPDATE, conflict, invalid, notFound, owned, type Row } from "./refused-answer.ts";

export const STATES: readonly Row[] = [
  [
    "namespace-missing",
    "a namespace that does not exist",
    notFound('namespaces "d" not found', { name: "d", kind: "namespaces" }),
  ],
  [
    "object-missing",
    "a namespace that was asked for itself",
    {
      ...notFound('namespaces "d" not found', { name: "d", kind: "namespaces" }),
      request: { plural: "namespaces" },
    },
  ],
  [
    "object-missing",
    "an object that does not exist",
    notFound('configmaps "a" not found', { name: "a", kind: "configmaps" }),
  ],
  [
    "kind-not-served",
    "a group of no definition",
    { status: 404, message: "404 page not found\n", contentType: "text/plain; charset=utf-8" },
  ],
  [
    "kind-not-served",
    "a version of a built-in group",
    notFound("the server could not find the requested resource", {}),
  ],
  ["server-error", "the page of a proxy", { status: 404, message: "<html>", contentType: "text/html" }],
  [
    "exists",
    "a POST of an object that exists",
    { status: 409, reason: "AlreadyExists", message: 'configmaps "a" already exists' },
    { isTerminating: false },
  ],
  [
    "exists",
    "a POST of an object that is being deleted",
    {
      status: 409,
      reason: "AlreadyExists",
      message: 'object is being deleted: configmaps "a" already exists',
    },
    { isTerminating: true },
  ],
  [
    "exists",
    "a guarded create of an object that exists",
    {
      ...conflict(`${UPDATE}the object has been modified; please apply your changes to the latest version`),
      request: { isGuardedCreate: true },
    },
  ],
  [
    "field-conflict",
    "fields of others",
    conflict("Apply failed with 4 conflicts", {
      causes: [
        owned('conflict with "kubectl-edit" using apps/v1', ".spec.replicas"),
        owned('conflict with "kubectl-edit" using apps/v1', ".spec.paused"),
        owned('conflict with "hpa" with subresource "scale" using apps/v1', ".spec.replicas"),
        owned('conflict with "flux"', ".metadata.labels.a"),
      ],
    }),
    {
      owners: [
        {
          manager: "kubectl-edit",
          subresource: "",
          apiVersion: "apps/v1",
          paths: [".spec.replicas", ".spec.paused"],
        },
        { manager: "hpa", subresource: "scale", apiVersion: "apps/v1", paths: [".spec.replicas"] },
        { manager: "flux", subresource: "", apiVersion: "", paths: [".metadata.labels.a"] },
      ],
    },
  ],
  [
    "uid-mismatch",
    "an apply to an object that is gone",
    conflict(
      `${UPDATE}uid mismatch: the provided object specified uid ${UID}, and no existing object was found`,
    ),
    { isReplaced: false },
  ],
  [
    "uid-mismatch",
    "an apply to another object of the name",
    invalid([{ reason: "FieldValueInvalid", message: "field is immutable", field: "metadata.uid" }]),
    { isReplaced: true },
  ],
  [
    "uid-mismatch",
    "a delete of another object of the name",
    conflict(`${UPDATE}the UID in the precondition (${UID}) does not match the UID in record (a).`),
    { isReplaced: true },
  ],
  [
    "quota-busy",
    "a quota that others changed",
    conflict('Operation cannot be fulfilled on resourcequotas "q": the object has been modified', {
      name: "q",
      kind: "resourcequotas",
    }),
  ],
  [
    "stale",
    "an object that has changed",
    conflict(`${UPDATE}the object has been modified; please apply your changes to the latest version`),
  ],
  [
    "stale",
    "a delete of an object that has changed",
    conflict(
      `${UPDATE}the ResourceVersion in the precondition (5) does not match the ResourceVersion in record (6).`,
    ),
  ],
  [
    "patch-test",
    "the test of a JSON patch",
    {
      status: 422,
      reason: "Invalid",
      message: "the server rejected our request due to an error in our request",
      details: {},
    },
  ],
  [
    "invalid",
    "a field that must stay",
    invalid([
      {
        reason: "FieldValueInvalid",
        message: "Invalid value: {…}: field is immutable",
        field: "spec.selector",
      },
    ]),
    { isImmutable: true },
  ],
  [
    "invalid",
    "a Job, whose whole template stands before the reason",
    invalid([
      {
        reason: "FieldValueInvalid",
        message: `Invalid value: core.PodTemplateSpec{${"…".repeat(2_000)}}: field is immutable`,
        field: "spec.template",
      },
    ]),
    { isImmutable: true },
  ],
  [
    "invalid",
    "a template in which the word stands, with another fault",
    invalid([
      {
        reason: "FieldValueInvalid",
        message: `Invalid value: {"note":"immutable"${"…".repeat(2_000)}}: must be positive`,
        field: "spec.template",
      },
    ]),
    { isImmutable: false },
  ],
  [
    "invalid",
    "the address of a Service",
    invalid([
      {
        reason: "FieldValueInvalid",
        message: 'Invalid value: []string{"10.0.0.1"}: may not change once set',
        field: "spec.clusterIPs[0]",
      },
    ]),
    { isImmutable: true },
  ],
  [
    "invalid",
    "a StatefulSet",
    invalid([
      {
        reason: "FieldValueForbidden",
        message: "Forbidden: updates to statefulset spec for fields other than 'replicas' are forbidden",
        field: "spec",
      },
    ]),
    { isImmutable: true },
  ],
  [
    "invalid",
    "a label that is too long",
    invalid([
      {
        reason: "FieldValueTooLong",
        message: "Too long: must have at most 63 characters",
        field: "metadata.labels",
      },
    ]),
    { isImmutable: false },
  ],
  ["expired", "an old continue token", { status: 410, reason: "Expired" }],
  ["throttled", "priority and fairness", { status: 429, reason: "TooManyRequests" }],
  [
    "timeout",
    "?timeout= has passed",
    {
      status: 504,
      reason: "Timeout",
      message: "Timeout: request did not complete within the allotted timeout",
      contentType: "text/plain",
    },
  ],
  ["timeout", "a gateway gave up", { status: 504, message: "<html>", contentType: "text/html" }],
  ["timeout", "the server asks to try again", { status: 500, reason: "ServerTimeout" }],
  ["unavailable", "no etcd", { status: 503, reason: "ServiceUnavailable" }],
  ["server-error", "an internal error", { status: 500, reason: "InternalError" }],
  ["server-error", "a redirect", { status: 302 }],
  ["bad-request", "a bad parameter", { status: 400, reason: "BadRequest", message: "must be nil" }],
  ["bad-request", "a verb that the kind does not have", { status: 405, reason: "MethodNotAllowed" }],
];
