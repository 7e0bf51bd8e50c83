/** Deliberate faults in what is written. */
import { freePermit } from "../../../src/fleet/kube/write-permit.ts";
import { MemberEngine } from "../../../src/propagate/reconcile/member-engine.ts";
import { type Broken, isApply, isRelease, patched, rewritten } from "./sabotage-kinds.ts";

export const BROKEN_WRITES: readonly Broken[] = [
  {
    what: "it writes without the lease",
    words: /while p\d+ has the lease|while nobody has the lease/,
    seed: 69,
    sabotage: { permit: () => freePermit(10), isDeaf: true },
  },
  {
    what: "a create may meet an object",
    words: /applied without a guard/,
    seed: 2,
    sabotage: {
      reshape: rewritten(isApply, (body) => {
        const { resourceVersion: _, ...metadata } = body.metadata;
        return { ...body, metadata };
      }),
    },
  },
  {
    what: "an update may meet another object of the same name",
    words: /applied without a guard/,
    seed: 4,
    sabotage: {
      reshape: rewritten(isApply, (body) => {
        const { uid: _, ...metadata } = body.metadata;
        return { ...body, metadata };
      }),
    },
  },
  {
    what: "a whole copy may replace what was changed meanwhile",
    words: /patched without a guard/,
    seed: 41,
    sabotage: {
      reshape: rewritten(
        ({ method, url }) => method === "PUT" && !url.includes("/leases/"),
        (body) => ({ ...body, metadata: { ...body.metadata, uid: undefined, resourceVersion: undefined } }),
      ),
    },
  },
  {
    what: "a deletion may meet what was changed meanwhile",
    words: /deleted without uid and resourceVersion/,
    seed: 3,
    sabotage: {
      reshape: rewritten(
        ({ method }) => method === "DELETE",
        (body) => ({ ...body, preconditions: undefined }),
      ),
    },
  },
  {
    what: "copies that are to stay are deleted",
    words: /was deleted, which the host did not order/,
    seed: 5,
    sabotage: {
      reshape: (request) => {
        if (!isRelease(request)) return request;
        const { uid, resourceVersion } = JSON.parse(request.body).metadata;
        const preconditions = { uid, resourceVersion };
        return {
          ...request,
          method: "DELETE",
          headers: { accept: "application/json", "content-type": "application/json" },
          body: JSON.stringify({ apiVersion: "v1", kind: "DeleteOptions", preconditions }),
        };
      },
    },
  },
  {
    what: "a member that is not seen counts as empty",
    words: /lost its finalizer while|was left behind/,
    seed: 30,
    sabotage: {
      install: patched(
        MemberEngine.prototype,
        "viewIn",
        (viewIn) =>
          function (this: MemberEngine, type, namespace) {
            const view = viewIn.call(this, type, namespace);
            return view === "not-seen" || view === "not-listed" ? "listed" : view;
          },
      ),
    },
  },
  {
    what: "a namespace that is not federated counts as placed nowhere",
    words: /which the host did not order/,
    seed: 95,
    sabotage: {
      onPropagator: ({ engine }) => {
        const { namespaces } = engine;
        const boundOf = namespaces.boundOf.bind(namespaces);
        namespaces.boundOf = (type, key) => {
          const bound = boundOf(type, key);
          return bound.kind === "not-federated" ? { kind: "placed", clusters: new Set() } : bound;
        };
      },
    },
  },
  {
    what: "a namespace that is not federated binds nothing",
    words: /has content that the host did not order/,
    seed: 54,
    sabotage: {
      onPropagator: ({ engine }) => {
        const { namespaces } = engine;
        const boundOf = namespaces.boundOf.bind(namespaces);
        namespaces.boundOf = (type, key) => {
          const bound = boundOf(type, key);
          return bound.kind === "not-federated" ? { kind: "unbounded" } : bound;
        };
      },
    },
  },
  {
    what: "strangers are adopted although that is forbidden",
    words: /is a stranger's/,
    seed: 31,
    sabotage: { adoption: "always" },
  },
  {
    what: "what others have written is overwritten",
    words: /has lost what somebody else wrote/,
    seed: 18,
    sabotage: {
      reshape: (request) => {
        const forced = { ...request, url: `${request.url}&force=true` };
        return rewritten(isApply, (body) => ({
          ...body,
          metadata: { ...body.metadata, annotations: { "example.com/note": "taken" } },
        }))(isApply(request) ? forced : request);
      },
    },
  },
];
