/** What a restart gets back from the picture, and whether there is a picture to get it from. */
import assert from "node:assert/strict";
import { NO_ANNOTATIONS } from "../../../src/federation/members/backend.ts";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { nameOf } from "../../../src/dns/message/name.ts";
import { Federation } from "../../../src/federation/members/federation.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { openPictureFile } from "../../../src/kernel/native/picture-file.ts";
import { toHex } from "../../../src/dns/message/hex.ts";
import { hostsIn } from "../../../src/picture/nodes/host-nodes.ts";
import { preparePicture } from "../../../src/picture/publish/prepare.ts";
import { serviceKey } from "../../../src/picture/nodes/pool-key.ts";
import { isSameFederations, readSaved, restore } from "../../../src/picture/publish/saved.ts";
import { cachedUntilAt, Header } from "../../../src/picture/format/layout.ts";
import { recordsOf, NODES } from "../../../src/picture/format/table.ts";
import { Picture } from "../../../src/picture/format/picture.ts";
import { reasonToRefuse } from "../../../src/picture/verify/verify.ts";
import { WorkerContext } from "../../../src/answer/context/worker-context.ts";
import { ask, change, openFront } from "../../support/worker-context.ts";
import { parseFleet } from "../../support/fleet.ts";
import { copyOf, crashesOf } from "../../support/picture.ts";

const folder = mkdtempSync(join(tmpdir(), "fedns-saved-"));
after(() => rmSync(folder, { recursive: true }));

const fleet = `
  cluster west us-west/a us-west/b
    demo/hello ready=2 192.0.2.17 2001:db8::17
    demo/asleep ready=0 192.0.2.18
  cluster east us-east
    demo/hello ready=1 192.0.2.33
  cluster nowhere
    far/away ready=1 192.0.2.44`;

test("a restart believes of the members what the last run believed", () => {
  const { picture } = openFront(fleet);
  const federation = new Federation(
    { onService: () => undefined, onLocality: () => undefined, onNamespace: () => undefined },
    128,
  );
  const saved = readSaved(picture.memory);
  assert.ok(saved !== null);
  restore(picture.memory, saved, federation);
  const believed = federation.members.map(({ name, index, locality, backends }) => ({
    name,
    index,
    places: locality.places,
    backends,
  }));
  const expected = parseFleet(fleet).clusters.map(({ name, places, services }, index) => ({
    name,
    index,
    places,
    // What the objects said is read from the cluster again.
    backends: new Map([...services].map(([key, backend]) => [key, { ...backend, annotations: null }])),
  }));
  assert.deepEqual(believed, expected);
});

test("hosts come back with their pools, their other records and their ports' services, as they were", () => {
  const front = openFront(`
  cluster west us-west/a
    demo/hello ready=2 port=http/tcp/80 192.0.2.17
    host shop.example.com ready=1 192.0.2.18
    host *.apps.example.com ready=1 2001:db8::18
    host example.com ready=1 192.0.2.19`);
  for (const line of [
    "record shop.example.com MX 10 mail.example.com.",
    "record alias.example.com CNAME shop.example.com.",
    "record far.example.com NS ns.elsewhere.example.net.",
    "record example.com MX 10 mail.example.com.",
    '  record text.example.com TXT "a b" "c"',
  ])
    change(front, line);
  const { memory } = front.picture;
  const hosts = hostsIn(memory);
  const shown = [...hosts].map(
    ([host, { hasPool, rrsets }]) =>
      `${host} ${hasPool} ${rrsets.map(({ type, ttlSeconds, rdatas }) => `${type}/${ttlSeconds} ${toHex(rdatas[0] as Uint8Array)}`).join()}`,
  );
  assert.deepEqual(shown.sort(), [
    "*.apps.example.com true ",
    `alias.example.com false 5/60 ${hex("shop.example.com")}`,
    `example.com true 15/60 000a${hex("mail.example.com")}`,
    `far.example.com false 2/60 ${hex("ns.elsewhere.example.net")}`,
    `shop.example.com true 15/60 000a${hex("mail.example.com")}`,
    "text.example.com false 16/60 036120620163",
  ]);
  const federation = new Federation(
    { onService: () => undefined, onLocality: () => undefined, onNamespace: () => undefined },
    128,
  );
  restore(memory, readSaved(memory) ?? assert.fail(), federation);
  const backends = federation.member("west")?.backends ?? assert.fail();
  assert.deepEqual([...backends.keys()].sort(), [
    "*.apps.example.com",
    "demo/hello",
    "example.com",
    "shop.example.com",
  ]);
  assert.deepEqual(backends.get("demo/hello")?.ports, {
    createdSeconds: 0,
    list: [{ name: "http", protocol: "tcp", port: 80 }],
  });
});

test("how long looked-up addresses hold comes back too, and whether a place is a past one does not", () => {
  const front = openFront("cluster west us-west/a\n  demo/hello ready=1 192.0.2.17 192.0.2.18");
  const backend = front.federation.member("west")?.backends.get("demo/hello") ?? assert.fail();
  const freshUntil = new Map([[0xc0000212, 7]]);
  front.federation.setBackend("west", "demo/hello", { ...backend, freshUntil });
  change(front, "move west us-west/b");
  const { memory } = front.picture;
  const federation = new Federation(
    { onService: () => undefined, onLocality: () => undefined, onNamespace: () => undefined },
    128,
  );
  restore(memory, readSaved(memory) ?? assert.fail(), federation);
  const west = federation.member("west") ?? assert.fail();
  assert.deepEqual(west.backends.get("demo/hello")?.freshUntil, freshUntil);
  assert.deepEqual([west.locality.places, west.past], [[{ region: "us-west", zone: "b" }], []]);
});

function hex(name: string): string {
  return toHex(nameOf(name));
}

test("members keep their index over a restart, also when one between them left", () => {
  const front = openFront(fleet);
  change(front, "leave west");
  const federation = new Federation(
    { onService: () => undefined, onLocality: () => undefined, onNamespace: () => undefined },
    128,
  );
  restore(front.picture.memory, readSaved(front.picture.memory) as never, federation);
  assert.deepEqual(
    federation.members.map(({ name, index }) => [name, index]),
    [
      ["east", 1],
      ["nowhere", 2],
    ],
  );
  assert.equal(federation.join("new").index, 0);
});

test("names in the picture mean the same as long as the federations and their domains do", () => {
  const saved = readSaved(openFront(fleet).picture.memory);
  assert.ok(saved !== null);
  const today = { id: 0, name: "myfed", domain: nameOf("example.com") };
  assert.ok(isSameFederations(saved, [today]));
  assert.ok(!isSameFederations(saved, [{ ...today, name: "yourfed" }]));
  assert.ok(!isSameFederations(saved, [{ ...today, domain: nameOf("example.org") }]));
  assert.ok(!isSameFederations(saved, [today, { ...today, id: 1, name: "more" }]));
});

test("the key of a service is how its name starts on the wire", () => {
  assert.deepEqual(serviceKey({ namespace: "demo", name: "hello" }), nameOf("hello.demo").slice(0, -1));
});

test("without a file there is an empty picture that is not served as a saved one", () => {
  const path = join(folder, "fresh");
  assert.deepEqual(preparePicture(path, silentLog, 0), { isRestored: false });
  const file = openPictureFile(path);
  assert.ok(file !== null);
  assert.equal(reasonToRefuse(file.memory), null);
  assert.ok(statSync(path).blocks * 512 < 16 << 20, "the file is sparse");
  file.mapping.unmap();
  assert.deepEqual(preparePicture(path, silentLog, 0), { isRestored: false });
});

test("a sound picture is kept octet for octet, but that every address counts as handed out now", () => {
  const path = join(folder, "sound");
  const { memory } = openFront(fleet).picture;
  writeFileSync(path, memory.u8);
  assert.deepEqual(preparePicture(path, silentLog, 1_000_000), { isRestored: true });
  const held = cachedUntilAt(memory.u32[Header.EndpointCapacity] as number);
  const end = memory.u32[Header.EndpointsEnd] as number;
  assert.ok(end > 0);
  memory.u32.fill(1000 + 30, held, held + end);
  assert.ok(Buffer.from(memory.u8).equals(readFileSync(path)));
});

test("a damaged picture is put aside with a reason, and never served", () => {
  const path = join(folder, "damaged");
  const { memory } = openFront(fleet).picture;
  const [record = 0] = recordsOf(memory.u32, NODES);
  memory.u32[record + 5] = 0x5555;
  writeFileSync(path, memory.u8);
  const warnings: string[] = [];
  const log = { ...silentLog, warn: (_: unknown, message: string) => void warnings.push(message) };
  assert.deepEqual(preparePicture(path, log, 0), { isRestored: false });
  assert.match(warnings[0] ?? "", /^the picture .+; starting without it$/);
  assert.ok(existsSync(`${path}.refused`));
});

test("a picture whose writer was killed in the middle of a commit is finished and served, not refused", () => {
  const front = openFront(fleet);
  const before = copyOf(front.picture.memory);
  front.federation.setBackend("west", "new/born", {
    readyEndpoints: 1,
    wantedEndpoints: 1,
    annotations: NO_ANNOTATIONS,
    ipv4: [1],
    ipv6: [],
  });
  front.federation.setBackend("west", "demo/asleep", null);
  front.publisher.flush();
  const path = join(folder, "killed");
  let crashes = 0;
  for (const crashed of crashesOf(before, front.picture.memory)) {
    writeFileSync(path, crashed.u8);
    assert.deepEqual(
      preparePicture(path, silentLog, 0),
      { isRestored: true },
      `killed after ${crashes++} steps`,
    );
    const file = openPictureFile(path);
    assert.ok(file !== null);
    const context = new WorkerContext(new Picture(file.memory), { seed: 1 });
    assert.equal(ask({ context }, { name: "hello.demo.myfed.svc.example.com", type: 1 }).rcode, 0);
    file.mapping.unmap();
  }
});

test("a redo list that is damaged is refused, not carried out", () => {
  const front = openFront(fleet);
  const { memory } = front.picture;
  for (const [start, count] of [
    [0, 100_000_000],
    [memory.u32.length - 1, 5],
    [Header.Serial, 1],
  ] as const) {
    const copy = copyOf(memory);
    copy.u32[Header.Serial] = (copy.u32[Header.Serial] as number) | 1;
    copy.u32[Header.RedoStart] = start;
    copy.u32[Header.RedoCount] = count;
    const path = join(folder, "redo");
    writeFileSync(path, copy.u8);
    assert.deepEqual(
      preparePicture(path, silentLog, 0),
      { isRestored: false },
      `from ${start}, ${count} flips`,
    );
  }
});
