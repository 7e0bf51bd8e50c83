/** Refusals: every row of the truth table, with answers as API servers of Kubernetes 1.26 give them. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { kubeErrorOf } from "../../../src/fleet/kube/kube-error.ts";
import { type RefusedRequest, refusalOf, type RequestRefusal } from "../../../src/fleet/objects/refusal.ts";
import { OperationalError } from "../../../src/kernel/error.ts";

const FORBIDDEN = 'configmaps "a" is forbidden: ';
const UPDATE = 'Operation cannot be fulfilled on configmaps "a": ';
const UID = "4b6f0a5e-0000-4000-8000-000000000000";

type Answer = {
  readonly status: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: unknown;
  readonly request?: Partial<RefusedRequest>;
  readonly contentType?: string;
};
type Row = readonly [kind: RequestRefusal["kind"], what: string, answer: Answer, facts?: object];

const ROWS: readonly Row[] = [
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

function forbidden(rest: string, details: unknown = {}): Answer {
  return { status: 403, reason: "Forbidden", message: FORBIDDEN + rest, details };
}
function notFound(message: string, details: unknown): Answer {
  return { status: 404, reason: "NotFound", message, details };
}
function conflict(message: string, details: unknown = {}): Answer {
  return { status: 409, reason: "Conflict", message, details };
}
function invalid(causes: readonly unknown[]): Answer {
  return { status: 422, reason: "Invalid", message: 'configmaps "a" is invalid: …', details: { causes } };
}
function owned(message: string, field: string): unknown {
  return { reason: "FieldManagerConflict", message, field };
}

function refused(answer: Answer): RequestRefusal {
  const { status, contentType = "application/json", request, ...body } = answer;
  return refusalOf(kubeErrorOf(status, { contentType }, body), { plural: "configmaps", ...request });
}

/** Without an answer. */
const THROWN: readonly (readonly [RequestRefusal["kind"], string, unknown])[] = [
  ["not-permitted", "the permit says no", new OperationalError("WRITE_NOT_PERMITTED", "paused")],
  ["unreachable", "no credentials yet", new OperationalError("KUBE_NO_CREDENTIALS", "none")],
  ["unreachable", "nobody listens", unreachable("ECONNREFUSED")],
  [
    "unreachable",
    "nobody listens at any address",
    new OperationalError("KUBE_UNREACHABLE", "no", {
      cause: new AggregateError([Object.assign(new Error("no"), { code: "ECONNREFUSED" })]),
    }),
  ],
  ["hang-up", "the connection broke", unreachable("ECONNRESET")],
  ["hang-up", "no answer in time", new OperationalError("KUBE_TIMEOUT", "late")],
  ["hang-up", "the permit was lost", new OperationalError("WRITE_PERMIT_LOST", "lost")],
  ["hang-up", "an answer that is not JSON", new OperationalError("KUBE_BAD_BODY", "half")],
  ["hang-up", "anything else", null],
  ["bad-request", "a name that cannot be", new OperationalError("KUBE_BAD_NAME", "..")],
];

function unreachable(code: string): OperationalError {
  return new OperationalError("KUBE_UNREACHABLE", "no", { cause: Object.assign(new Error("no"), { code }) });
}

describe("a refusal", () => {
  for (const [kind, what, answer, facts = {}] of ROWS)
    it(`tells ${kind} by ${what} (${answer.status})`, () => {
      const refusal = refused(answer);
      assert.deepEqual({ ...refusal, kind, ...facts }, refusal);
    });

  for (const [kind, what, error] of THROWN)
    it(`without an answer tells ${kind}: ${what}`, () => {
      assert.equal(refusalOf(error, { plural: "configmaps" }).kind, kind);
    });

  it("says the same about retries and outcomes as the table on top of the file, for every kind", () => {
    const path = new URL("../../../src/fleet/objects/refusal.ts", import.meta.url);
    const table = [
      ...readFileSync(path, "utf8").matchAll(/^ \* \| ([a-z-]+) \|.*\| ([a-z ]+) \| ([a-z ]+) \|$/gm),
    ];
    const written = table.filter(([, kind]) => kind !== "kind").map((row) => row.slice(1));
    const all = [
      ...ROWS.map(([, , answer]) => refused(answer)),
      ...THROWN.map(([, , error]) => refusalOf(error, { plural: "configmaps" })),
    ];
    const known = new Map(
      all.map(({ kind, retry, isOutcomeUnknown }) => [
        kind,
        [kind, retry.replace("-", " "), isOutcomeUnknown ? "unknown" : "not done"],
      ]),
    );
    assert.deepEqual(written.sort(), [...known.values()].sort());
  });

  it("passes on the server's Retry-After, an advice and a short message", () => {
    const error = kubeErrorOf(429, { retryAfter: "2" }, { message: "x".repeat(10_000) });
    const refusal = refusalOf(error, { plural: "configmaps" });
    assert.equal(refusal.retryAfterMs, 2_000);
    assert.ok(refusal.advice.length > 20 && refusal.message.length <= 500);
  });

  it("is found for details of any shape", () => {
    for (const details of [null, 1, [], { causes: 1 }, { causes: [null, 1, {}] }, { name: 1 }])
      for (const status of [400, 403, 404, 409, 422, 500])
        assert.notEqual(refused({ status, details }).kind, undefined);
  });
});
