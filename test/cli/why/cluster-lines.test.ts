/** The reasons of each difference, row by row of the table in cluster-lines.ts that a running federation seldom shows. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { clusterLines } from "../../../src/cli/why/cluster-lines.ts";

type Facts = {
  readonly isPlaced?: boolean;
  readonly outcome?: string;
  readonly status?: string;
  readonly wanted?: number;
  readonly ready?: number;
  readonly serviceIsPlaced?: boolean;
  readonly hasService?: boolean;
  readonly share?: number;
  readonly away?: string;
};

function lineOf({
  isPlaced = true,
  outcome = "in-sync",
  status = "",
  wanted = 2,
  ready = 2,
  serviceIsPlaced = true,
  hasService = true,
  share = 1,
  away,
}: Facts): any {
  const plan = (isChosen: boolean, what: string): object => ({
    cluster: "m1",
    placement: { isChosen, reason: "listed", sentence: isChosen ? "named" : "not named" },
    outcome: what,
    status: "",
    message: null,
    code: null,
    changes: [],
    taken: [],
    needs: [],
  });
  const object = (kind: string, cluster: object): any => ({
    kind,
    namespace: "shop",
    name: "web",
    clusters: [cluster],
  });
  const workload = {
    plan: plan(isPlaced, outcome),
    live: {},
    status: { status, message: status === "" ? null : "a sentence", code: null, since: null },
    replicas: { decidedBy: null, next: null, target: null, asked: wanted, ready },
    wantedReplicas: isPlaced ? wanted : 0,
  };
  const service = { plan: plan(serviceIsPlaced, "in-sync"), live: {}, status: null, replicas: null };
  const placement: any = {
    clusters: ["m1"],
    service: object("FederatedService", { ...service, wantedReplicas: null }),
    workloads: [object("FederatedDeployment", workload)],
    withService: new Set(hasService ? ["m1"] : []),
    away: new Map(away === undefined ? [] : [["m1", away]]),
    notes: [],
  };
  const reason = share === 0 ? "no endpoint is ready" : null;
  const one = { cluster: "m1", share, text: `${100 * share} %`, reason, ready, wanted };
  return clusterLines({ placement, shares: { name: "web", outcome: "", clusters: [one] } })[0];
}

const ROWS: readonly (readonly [
  what: string,
  facts: Facts,
  reasons: readonly (readonly [string, boolean])[],
])[] = [
  ["all is as wanted", {}, []],
  ["a member does not answer", { away: "no answer" }, [["no answer", true]]],
  [
    "a copy fails",
    { outcome: "create", status: "CreationFailed" },
    [["Deployment shop/web would be created; the host reports CreationFailed: a sentence", true]],
  ],
  [
    "a report is older than the copy",
    { status: "UpdateFailed" },
    [["Deployment shop/web is as wanted; the host reports UpdateFailed: a sentence", false]],
  ],
  ["replicas are not ready", { ready: 1 }, [["Deployment shop/web: 1 of 2 replicas are ready", true]]],
  [
    "a copy is not placed and gets clients",
    { isPlaced: false, outcome: "remove" },
    [
      ["gets clients, although it is not placed: Deployment shop/web: not named", true],
      ["Deployment shop/web would be removed", true],
    ],
  ],
  [
    "a copy waits for its drain",
    { isPlaced: false, outcome: "remove", status: "WaitingForDrain" },
    [
      ["gets clients, although it is not placed: Deployment shop/web: not named", false],
      ["Deployment shop/web would be removed; the host reports WaitingForDrain: a sentence", false],
    ],
  ],
  [
    "the Service is placed elsewhere only",
    { serviceIsPlaced: false, hasService: false },
    [["its Service is not placed: not named", true]],
  ],
  ["no endpoint is ready", { share: 0 }, [["gets no clients: no endpoint is ready", true]]],
];

describe("the reasons of a cluster", () => {
  for (const [what, facts, reasons] of ROWS)
    it(`are told where ${what}`, () => {
      assert.deepEqual(
        lineOf(facts).reasons.map(({ text, isProblem }: any) => [text, isProblem]),
        reasons,
      );
    });
});
