/** Starts, stops and changes of the whole: known names are answered at once, damaged pictures never used, and no query is lost. */
import assert from "node:assert/strict";
import { closeSync, existsSync, openSync, readSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { before, describe, it } from "node:test";
import { WorkerContext } from "../../../src/answer/context/worker-context.ts";
import { openPictureFile } from "../../../src/kernel/native/picture-file.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { Header } from "../../../src/picture/format/layout.ts";
import { Picture } from "../../../src/picture/format/picture.ts";
import { preparePicture } from "../../../src/picture/publish/prepare.ts";
import { TcpClient } from "../../answer/serve/tcp-client.ts";
import { UdpClient } from "../../answer/serve/udp-client.ts";
import { type Fedns, startFedns } from "../../support/fedns.ts";
import { startLoad } from "../../support/load.ts";
import { isAlive, killHard, run, suiteScope } from "../../support/programs.ts";
import { until } from "../../support/until.ts";
import { ask } from "../../support/worker-context.ts";
import { inLong, isLong, SCALE } from "../../suite/scale.ts";
import {
  addresses,
  eventually,
  HELLO,
  HELLO_ADDRESSES,
  LOOK_AGAIN_MS,
  pidOf,
  SETTINGS,
  startWhole,
  type Whole,
} from "./whole.ts";

/** A restart that fails takes a second, the start of a serve process. */
const RESTART_TRIES = 10;
const BETWEEN_CONNECTIONS_MS = 5;
const EMPTY = /^the picture has format 99; .*; starting with an empty one$/;
const REFUSED = /^the picture (is|has|was) .*; starting without it$/;

describe("a start", () => {
  const scope = suiteScope();
  let whole: Whole;
  before(async () => {
    whole = await startWhole(scope);
    assert.deepEqual(await addresses(whole.client), HELLO_ADDRESSES);
    await whole.clusters.takeAway();
    assert.equal(await whole.fedns.stop(), 0);
  });

  it("without any API server answers at once from what was saved, and catches up when they are back", async (t) => {
    const { clusters, fedns } = whole;
    const startMs = performance.now();
    const again = await startFedns(t, {
      directory: fedns.directory,
      settings: { ...SETTINGS, clusters: clusters.settings },
    });
    const client = await UdpClient.open(t, again);
    assert.deepEqual(await addresses(client), HELLO_ADDRESSES);
    t.diagnostic(`answered ${Math.round(performance.now() - startMs)} ms after the start`);
    // The answers do not wait for control, but its part of the status does.
    await statusIs(again, ({ clusters }) => clusters !== null);
    const stale = await again.status();
    assert.deepEqual([stale.isStale, stale.ready, stale.picture.wasSaved], [true, true, true]);
    assert.ok(stale.clusters.every(({ isSynced }: { readonly isSynced: boolean }) => !isSynced));
    await clusters.bringBack();
    clusters
      .server("us-west")
      .objects.delete({ apiVersion: "v1", kind: "Service", namespace: "demo", name: "hello" });
    await eventually(client, HELLO, (data) => data.length > 0 && data[0] !== HELLO_ADDRESSES[0]);
    await statusIs(again, ({ isStale }) => isStale === false);
    await clusters.takeAway();
    await again.stop();
  });

  const damages: Readonly<Record<string, (picture: string) => void>> = {
    "a picture with a record that was changed": flipInRecords,
    "a picture cut short": (picture) => truncateSync(picture, 30 << 20),
    "a picture cut to three octets": (picture) => truncateSync(picture, 3),
    "a file of something else": (picture) => writeFileSync(picture, "once upon a time".repeat(1000)),
    "a picture of another format": (picture) => writeAt(picture, 2 * 4, Uint8Array.of(99, 0, 0, 0)),
    "a picture with a damaged header": (picture) => writeAt(picture, 4 * 4, Uint8Array.of(1, 2, 3, 4)),
  };
  for (const [what, damage] of Object.entries(damages)) {
    it(`refuses ${what}, says so, keeps it, and answers nothing from it`, async (t) => {
      const picture = join(whole.fedns.directory, "state", "picture");
      await restoreGood(whole);
      damage(picture);
      // In the short form one start of all processes stands for the others.
      if (!isLong && damage !== flipInRecords) return refusesInProcess(picture);
      const fedns = await startFedns(t, {
        directory: whole.fedns.directory,
        settings: { ...SETTINGS, syncBoundSeconds: 3600, clusters: whole.clusters.settings },
        waitReady: false,
      });
      const line = fedns.log.find(({ msg }) => msg.startsWith("the picture "));
      assert.match(line?.msg ?? "", REFUSED);
      assert.equal(existsSync(`${picture}.refused`), true);
      const client = await UdpClient.open(t, fedns);
      const { rcode, answer } = await client.ask({ name: HELLO, type: 1 }, 10_000);
      assert.ok(rcode === 2 || rcode === 5, `rcode ${rcode}`);
      assert.deepEqual(answer, []);
      await fedns.stop();
    });
  }
});

describe("a start with a picture that is damaged", () => {
  it("answers from the saved copy, and says so", inLong, async (t) => {
    const { fedns, clusters } = await startWhole(t);
    const picture = join(fedns.directory, "state", "picture");
    await until("a copy is saved", () => existsSync(`${picture}.saved`), 10_000);
    await clusters.takeAway();
    assert.equal(await fedns.stop(), 0);
    flipInRecords(picture);
    const again = await startFedns(t, {
      directory: fedns.directory,
      settings: { ...SETTINGS, clusters: clusters.settings },
    });
    const line = /^starting from the saved copy of the picture: the picture was refused$/;
    assert.ok(again.log.some(({ msg }) => line.test(msg)));
    assert.deepEqual(await addresses(await UdpClient.open(t, again)), HELLO_ADDRESSES);
    const { isStale, picture: report } = await again.status();
    assert.deepEqual([isStale, report.wasSaved], [true, true]);
  });
});

describe("a planned change of all processes", () => {
  it("loses no query over UDP and refuses no connection over TCP", async (t) => {
    const { fedns } = await startWhole(t);
    const load = await startLoad(t, { port: fedns.port, name: HELLO, rate: SCALE.queriesPerSecond });
    let connections = 0;
    let refused = 0;
    const over = new AbortController();
    const connecting = (async () => {
      while (!over.signal.aborted) {
        const client = await TcpClient.open(t, fedns).catch(() => null);
        if (client === null) refused++;
        else {
          await client.ask({ name: HELLO, type: 1 });
          client.socket.end();
          connections++;
          await delay(BETWEEN_CONNECTIONS_MS);
        }
      }
    })();
    const pids = new Set<number>();
    for (let round = 0; round < SCALE.restarts; round++) {
      const { ok, serve } = await fedns.command({ command: "restart" });
      assert.equal(ok, true);
      pids.add(serve.pid);
    }
    over.abort();
    await connecting;
    assert.equal(pids.size, SCALE.restarts);
    assert.equal(await load.finish(), 0, "queries without an answer");
    t.diagnostic(
      `${load.answered()} queries over UDP, the slowest ${Math.round(load.slowestMs())} ms; ${connections} connections`,
    );
    assert.deepEqual([Object.keys(load.rcodes), refused], [["0"], 0]);
  });
});

describe("a planned change to code that writes another format", () => {
  it("fails, says why, and leaves the old processes at work", inLong, async (t) => {
    const { fedns, client } = await startWhole(t);
    const picture = join(fedns.directory, "state", "picture");
    const before = await fedns.status();
    // What the old code wrote is of another format for the new code, and the other way round.
    writeAt(picture, Header.Format * 4, Uint8Array.of(99));
    const reply = await fedns.command({ command: "restart" });
    assert.equal(reply.ok, false);
    const line = fedns.log.find(({ msg }) => msg === "the new serve process cannot read the picture");
    assert.equal(line?.["code"], "PICTURE_FORMAT");
    assert.match(String(line?.["error"]), /has format 99; this fedns reads format/);
    assert.deepEqual(await addresses(client), HELLO_ADDRESSES);
    const { serve, control } = (await fedns.status()).processes;
    assert.deepEqual([serve.pid, control.pid], [before.processes.serve.pid, before.processes.control.pid]);
    // A control process with other code begins with an empty picture, which the old workers do not read.
    killHard(await pidOf(fedns, "control"));
    await until("control starts afresh", () => fedns.log.some(({ msg }) => EMPTY.test(msg)), 10_000);
    // The empty picture is in its place a moment after control has said so; until then the new serve process refuses it.
    const replies = [await fedns.command({ command: "restart" })];
    while (!replies.at(-1).ok && replies.length < RESTART_TRIES)
      replies.push(await fedns.command({ command: "restart" }));
    assert.equal(replies.at(-1).ok, true, JSON.stringify(replies));
    await eventually(client, HELLO, (data) => data.join() === HELLO_ADDRESSES.join());
  });
});

describe("the end", () => {
  it("after SIGTERM is told at once, and answers go on for drainSeconds", async (t) => {
    const fedns = await startFedns(t, { settings: { serve: { drainSeconds: 1 } } });
    const load = await startLoad(t, { port: fedns.port, name: "example.com", rate: 1_000 });
    await until("queries flow", () => load.answered() > 100);
    const startMs = performance.now();
    fedns.signal("SIGTERM");
    let code = 200;
    while (code === 200) code = (await fedns.page("/readyz")).code;
    const toldMs = performance.now() - startMs;
    assert.equal(code, 503);
    assert.ok(toldMs < 500, `told after ${toldMs} ms`);
    assert.equal((await fedns.page("/livez")).code, 200);
    const client = await UdpClient.open(t, fedns);
    while (performance.now() - startMs < 900) {
      assert.equal((await client.ask({ name: "example.com", type: 6 }, 1_000)).rcode, 0);
    }
    assert.equal(await load.finish(), 0, "queries without an answer");
    assert.equal(await fedns.exited, 0);
    t.diagnostic(`ended after ${Math.round(performance.now() - startMs)} ms`);
  });

  it(
    "after a second Ctrl-C comes at once, with the exit code of the signal, and leaves no process",
    inLong,
    async (t) => {
      const fedns = await startFedns(t, { settings: { serve: { drainSeconds: 60 } } });
      const pids = [await pidOf(fedns, "serve"), await pidOf(fedns, "control")];
      fedns.signal("SIGINT");
      await until("it is stopping", () => fedns.log.some(({ msg }) => msg.startsWith("stopping")));
      // One that comes within 300 ms is npm's echo of the first.
      const sinceMs = performance.now();
      await until("the echo's time is over", () => performance.now() - sinceMs > 350);
      fedns.signal("SIGINT");
      assert.equal(await fedns.exited, 130);
      await until("the children are gone", () => !pids.some(isAlive), 10_000);
    },
  );
});

/** What the supervisor does before it starts a child, and what a worker answers from the picture that it leaves. */
function refusesInProcess(picture: string): void {
  const warnings: string[] = [];
  const log = { ...silentLog, warn: (_: unknown, message: string) => void warnings.push(message) };
  assert.deepEqual(preparePicture(picture, log, Date.now()), { isRestored: false });
  assert.match(warnings.join(), REFUSED);
  assert.equal(existsSync(`${picture}.refused`), true);
  const file = openPictureFile(picture) ?? assert.fail();
  const context = new WorkerContext(new Picture(file.memory), { seed: 1 });
  const { rcode, answer } = ask({ context }, { name: HELLO, type: 1 });
  assert.ok(rcode === 2 || rcode === 5, `rcode ${rcode}`);
  assert.deepEqual(answer, []);
  file.mapping.unmap();
}

async function statusIs(fedns: Fedns, isRight: (status: any) => boolean): Promise<void> {
  const deadlineMs = performance.now() + 30_000;
  while (!isRight(await fedns.status())) {
    assert.ok(performance.now() < deadlineMs, "the status never became right");
    await delay(LOOK_AGAIN_MS);
  }
}

/** A good picture in place, without starting anything: the first test left one, refused ones are kept beside. */
async function restoreGood(whole: Whole): Promise<void> {
  const picture = join(whole.fedns.directory, "state", "picture");
  const good = join(whole.fedns.directory, "good");
  const [from, to] = existsSync(good) ? [good, picture] : [picture, good];
  await run("rm", ["-f", to, `${picture}.refused`, `${picture}.saved`]);
  assert.equal((await run("cp", ["--sparse=always", from, to])).code, 0);
}

function writeAt(path: string, position: number, bytes: Uint8Array): void {
  const fd = openSync(path, "r+");
  writeSync(fd, bytes, 0, bytes.length, position);
  closeSync(fd);
}

/** Turns a bit of a name wherever a record holds it. */
function flipInRecords(path: string): void {
  const fd = openSync(path, "r+");
  const bytes = Buffer.alloc(1 << 20);
  const name = Buffer.from("\x05hello\x04demo");
  let found = 0;
  for (let position = 16 << 20; readSync(fd, bytes, 0, bytes.length, position) > 0;) {
    for (let at = bytes.indexOf(name); at >= 0; at = bytes.indexOf(name, at + 1)) {
      writeSync(fd, Uint8Array.of((name[2] ?? 0) ^ 4), 0, 1, position + at + 2);
      found++;
    }
    // Far beyond the records the file is one hole.
    if (found > 0 && !bytes.some((octet) => octet !== 0)) break;
    position += bytes.length - name.length;
  }
  closeSync(fd);
  assert.ok(found > 0);
}
