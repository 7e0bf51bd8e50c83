/**
 * A failure at each step of each command, before or after the API server has carried it out. Every run gets one step further:
 * the runs are repeated until one succeeds, and the result is that of a command that never failed.
 */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { KubeError } from "../../../src/fleet/kube/kube-error.ts";
import type { RequestOptions } from "../../../src/fleet/kube/transport.ts";
import { OperationalError } from "../../../src/kernel/error.ts";
import { suiteScope } from "../../support/programs.ts";
import { isLong } from "../../suite/scale.ts";
import { interceptRequests, type Ran, type Rig, startRig } from "./rig.ts";

const RUNS_MAX = 60;

type Fault = (send: () => Promise<unknown>) => Promise<never>;

const FAULTS: Readonly<Record<string, Fault>> = {
  "refused with 500": () =>
    Promise.reject(
      new KubeError({
        status: 500,
        reason: "InternalError",
        message: "the API server answered 500 InternalError: etcd is gone",
        sentence: "etcd is gone",
        contentType: "application/json",
        retryAfterMs: null,
        details: null,
      }),
    ),
  "carried out, and the answer lost": async (send) => {
    await send();
    throw new OperationalError("KUBE_UNREACHABLE", "the connection broke");
  },
};

describe("a command that fails at each step", () => {
  const scope = suiteScope();
  let rig: Rig;
  before(async () => {
    rig = await startRig(scope);
  });

  /**
   * Each step fails once, when it is first tried, until a run has nothing new. Some reads may fail and the command goes on:
   * `steps` counts these as well. Returns the failed runs, and the last one.
   */
  async function stumble(
    args: readonly string[],
    { fault, isStep }: { readonly fault: Fault; readonly isStep: (options: RequestOptions) => boolean },
  ): Promise<{ readonly failed: readonly Ran[]; readonly steps: number; readonly last: Ran }> {
    const tried = new Set<string>();
    const failed: Ran[] = [];
    let hasFailed = false;
    const restore = interceptRequests(scope, (options, send) => {
      const step = `${options.method ?? "GET"} ${options.path}`;
      if (hasFailed || tried.has(step) || !isStep(options)) return send();
      tried.add(step);
      hasFailed = true;
      return fault(send);
    });
    try {
      for (;;) {
        hasFailed = false;
        const ran = await rig.fedns(...args);
        if (ran.code === 0 && !hasFailed) return { failed, steps: tried.size, last: ran };
        if (ran.code !== 0) failed.push(ran);
        assert.ok(failed.length < RUNS_MAX, ran.err);
      }
    } finally {
      restore();
    }
  }

  /** What is there, without what differs from run to run. */
  function everything(): readonly string[] {
    return Object.entries(rig.servers).flatMap(([name, { objects }]) =>
      [
        ["v1", "Namespace"],
        ["v1", "Secret"],
        ["v1", "ServiceAccount"],
        ["rbac.authorization.k8s.io/v1", "ClusterRole"],
        ["rbac.authorization.k8s.io/v1", "ClusterRoleBinding"],
        ["rbac.authorization.k8s.io/v1", "Role"],
        ["rbac.authorization.k8s.io/v1", "RoleBinding"],
        ["apiextensions.k8s.io/v1", "CustomResourceDefinition"],
      ].flatMap(([apiVersion = "", kind = ""]) =>
        objects
          .list(apiVersion, kind)
          .map(({ metadata }) => `${name}: ${kind} ${metadata.namespace ?? ""}/${metadata.name}`)
          .toSorted(),
      ),
    );
  }

  const isWrite = ({ method = "GET", path }: RequestOptions): boolean =>
    method !== "GET" && !path.includes("selfsubject");
  const isAny = (): boolean => true;

  const life: readonly (readonly string[])[] = [
    ["init"],
    ["join", "us-west", "--kinds", "services", "--namespaces", "default", "--region", "us-west"],
    ["unjoin", "us-west"],
    ["uninstall", "--yes", "--crds"],
  ];
  const cases = isLong
    ? Object.keys(FAULTS).flatMap((name) => [
        [name, isWrite, "write"] as const,
        [name, isAny, "request"] as const,
      ])
    : ([
        ["refused with 500", isWrite, "write"],
        ["carried out, and the answer lost", isWrite, "write"],
      ] as const);

  for (const [name, isStep, what] of cases)
    it(`is completed by running it again, when each ${what} is ${name}`, async () => {
      const wanted: (readonly string[])[] = [];
      for (const args of life) {
        const { code, err } = await rig.fedns(...args);
        assert.equal(code, 0, err);
        await rig.servers["host"]?.settled();
        await rig.servers["us-west"]?.settled();
        wanted.push(everything());
      }
      for (const [index, args] of life.entries()) {
        const { failed, steps, last } = await stumble(args, { fault: FAULTS[name] as Fault, isStep });
        assert.ok(failed.length > 0 && steps >= 3, `${args[0]}: ${failed.length} of ${steps}\n${last.out}`);
        for (const { err } of failed) assert.match(err, /^fedns: .*(; .*|: the connection broke.*)$/m);
        await rig.servers["host"]?.settled();
        await rig.servers["us-west"]?.settled();
        assert.deepEqual(everything(), wanted[index], args.join(" "));
      }
    });
});
