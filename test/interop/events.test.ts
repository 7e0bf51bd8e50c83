/** Problems with annotations, as the owners of the objects see them: `kubectl describe` in their own cluster. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { needs, run } from "../support/programs.ts";
import { inLong } from "../suite/scale.ts";
import { LOOK_AGAIN_MS, startWhole } from "../run/supervise/whole.ts";

const WITHIN_MS = 30_000;
const DESCRIBE_AGAIN_MS = 250;

describe("annotations", needs("kubectl", "kubernetes-client"), () => {
  it(
    "that are invalid, do not fit, or are overridden by another cluster's, produce one warning on their object",
    inLong,
    async (t) => {
      const { fedns, clusters } = await startWhole(t);
      const kubectl = async (cluster: string, ...args: string[]): Promise<string> => {
        const always = ["--kubeconfig", join(fedns.directory, `${cluster}.kubeconfig`), "-n", "demo"];
        const cache = ["--cache-dir", join(fedns.directory, "cache")];
        const { code, out, err } = await run("kubectl", [...always, ...cache, ...args], {
          timeoutMs: 20_000,
        });
        assert.equal(code, 0, out + err);
        return out;
      };
      const described = async (cluster: string, pattern: RegExp): Promise<void> => {
        const startMs = performance.now();
        for (;;) {
          const out = await kubectl(cluster, "describe", "service", "hello");
          if (pattern.test(out)) return;
          assert.ok(performance.now() - startMs < WITHIN_MS, out);
          await delay(DESCRIBE_AGAIN_MS);
        }
      };
      await kubectl("us-west", "annotate", "service", "hello", "fedns.io/policy=best", "fedns.io/ttl=60");
      await described("us-west", /Warning\s+InvalidAnnotation\s+.*fedns\s+fedns\.io\/policy "best"/);
      await kubectl("us-west", "annotate", "service", "hello", "fedns.io/expose=nodes");
      await described("us-west", /Warning\s+NotServed\s+.*fedns\s+fedns\.io\/expose: "nodes" does not fit/);
      await kubectl("eu-central", "annotate", "service", "hello", "fedns.io/ttl=90");
      const loser = await loserOf(fedns);
      await described(loser, /Warning\s+ConflictingAnnotations\s+.*fedns\s+fedns\.io\/ttl/);
      const { clusters: reports, steering } = await fedns.status();
      assert.equal(steering.conflicts.length, 1);
      const told = reports.map(({ name, events }: any) => [name, events.problem, events.told]);
      assert.equal(
        told.reduce((sum: number, [, , count]: any) => sum + count, 0),
        3,
        JSON.stringify(told),
      );
      const written = ["us-west", "eu-central"].flatMap((name) =>
        clusters.server(name).objects.list("v1", "Event", "demo"),
      );
      assert.equal(written.filter((event) => event["reportingComponent"] === "fedns").length, 3);
    },
  );
});

/** Both services are about equally old; the warning names the one that wins. */
async function loserOf(fedns: { status(): Promise<any> }): Promise<string> {
  const startMs = performance.now();
  for (;;) {
    const [conflict] = (await fedns.status()).steering?.conflicts ?? [];
    const [, loser] = /wins over "\d+" in ([a-z-]+)$/.exec(conflict?.text ?? "") ?? [];
    if (loser !== undefined) return loser;
    assert.ok(performance.now() - startMs < WITHIN_MS, JSON.stringify(conflict));
    await delay(LOOK_AGAIN_MS);
  }
}
