/** Scenario 7: a cluster that could not be reached for longer than `staleAfterSeconds` returns from an old backup. */
import assert from "node:assert/strict";
import type { ApiServer } from "../../src/sandbox/api-server.ts";
import type { Scope } from "../support/programs.ts";
import { PODS, PROBED, putService, Stage, WEB } from "./stage.ts";

const NXDOMAIN = 3;
const SLOW = { "fedns.io/slow-start": "4s" };
const nameOf = (service: string): string => `${service}.demo.myfed.svc.example.com`;

export async function comeBackStale(t: Scope, number: number): Promise<void> {
  const stage = await Stage.open(t, {
    number,
    clusters: 2,
    annotations: () => SLOW,
    // Five seconds of it are as good as hours: both end with the cluster's endpoints gone.
    settings: { staleAfterSeconds: 5 },
  });
  const { wire, gateway, server, address } = stage.member("a");
  const service = { address, ready: PODS, annotations: {} };
  putService(server, { ...service, name: "old" });
  putService(server, { ...service, name: "young" });
  await isAnswered(stage, "young");
  server.objects.delete({ apiVersion: "v1", kind: "Service", namespace: "demo", name: "old" });
  await isRcode(stage, "old", NXDOMAIN);

  await wire.refuse();
  gateway.swallow();
  const { log } = stage.fedns;
  const isTold = (): boolean =>
    log.some(({ msg, cluster }) => cluster === "a" && /not seen for too long/.test(msg));
  await stage.statusIs("it is not seen for too long", isTold, 30_000);
  await stage.eventually("the other one has all", 200, (shares) => shares.get("b") === 1);
  // Its names still exist: names of its region climb, and services that only it has are NODATA.
  const climbed = await stage.ask("web.demo.myfed.svc.a.example.com");
  assert.deepEqual([climbed.rcode, climbed.answer[0]?.data], [0, `${WEB}.`]);
  await replyIs(stage, "young", (rcode, data) => rcode === 0 && data.length === 0);

  const restored = await stage.restore("a");
  putService(restored, { ...service, name: "web", ready: 3, annotations: { ...PROBED, ...SLOW } });
  putService(restored, { ...service, name: "old" });
  const before = [contentOf(restored), contentOf(stage.member("b").server)];
  await gateway.answer();
  await wire.mend();
  await stage.ramps("a", 1 / 2);
  await isAnswered(stage, "old");
  // They leave only when the cluster itself reports it.
  await isRcode(stage, "young", NXDOMAIN);
  assert.deepEqual([contentOf(restored), contentOf(stage.member("b").server)], before);
}

async function isAnswered(stage: Stage, service: string): Promise<void> {
  const { address } = stage.member("a");
  await replyIs(stage, service, (rcode, data) => rcode === 0 && data.join() === address);
}

async function isRcode(stage: Stage, service: string, expected: number): Promise<void> {
  await replyIs(stage, service, (rcode) => rcode === expected);
}

async function replyIs(
  stage: Stage,
  service: string,
  isRight: (rcode: number, data: readonly string[]) => boolean,
): Promise<void> {
  const startMs = stage.nowMs();
  for (;;) {
    const { rcode, answer } = await stage.ask(nameOf(service));
    if (
      isRight(
        rcode,
        answer.map(({ data }) => data),
      )
    )
      return;
    assert.ok(stage.nowMs() - startMs < 15_000, `${service}: rcode ${rcode}, ${JSON.stringify(answer)}`);
  }
}

/** Every object that fedns could have written, with its version. */
function contentOf({ objects }: ApiServer): readonly string[] {
  const kinds = [
    ["v1", "Service"],
    ["v1", "Event"],
    ["discovery.k8s.io/v1", "EndpointSlice"],
    ["v1", "Namespace"],
    ["v1", "Node"],
  ] as const;
  return kinds.flatMap(([apiVersion, kind]) =>
    objects
      .list(apiVersion, kind)
      // The cluster's own controllers write Events as well.
      .filter((object) => kind !== "Event" || (object as any).source?.component === "fedns")
      .map(
        ({ metadata }) => `${kind} ${metadata.namespace ?? ""}/${metadata.name} ${metadata.resourceVersion}`,
      ),
  );
}
