/** The ladder of a federation: which levels there are, whom they select, and what lies between them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { formatName, nameOf } from "../../../src/dns/message/name.ts";
import { ladderOf, type LadderMember } from "../../../src/picture/nodes/ladder.ts";
import { Numbers } from "../../../src/picture/nodes/numbering.ts";
import { nodeName } from "../../../src/picture/content/decode.ts";
import { LEVELS_MAX } from "../../../src/picture/format/layout.ts";
import { NO_LEVEL } from "../../../src/picture/format/node.ts";
import { recordsOf, NODES } from "../../../src/picture/format/table.ts";
import { openFront } from "../../support/worker-context.ts";

const domain = nameOf("example.com");

function shown(members: readonly LadderMember[]): string[] {
  return ladderOf("fed", domain, members).map(
    ({ name, parent, clusters }) =>
      `${formatName(name)} -> ${parent === null ? "top" : formatName(parent)} ${clusters.join(",")}`,
  );
}

test("the top selects every cluster, also those without a place", () => {
  assert.deepEqual(shown([]), ["fed.svc.example.com. -> top "]);
  assert.deepEqual(shown([{ index: 7, places: [] }]), ["fed.svc.example.com. -> top 7"]);
});

test("regions and zones select the clusters in them, all places of a cluster count, zones belong to their region", () => {
  const members = [
    {
      index: 9,
      places: [
        { region: "r", zone: "a" },
        { region: "r", zone: "b" },
        { region: "s", zone: "a" },
      ],
    },
    { index: 2, places: [{ region: "r", zone: "b" }] },
    { index: 3, places: [{ region: "t", zone: null }] },
  ];
  assert.deepEqual(shown(members), [
    "fed.svc.example.com. -> top 2,3,9",
    "fed.svc.r.example.com. -> fed.svc.example.com. 2,9",
    "fed.svc.a.r.example.com. -> fed.svc.r.example.com. 9",
    "fed.svc.b.r.example.com. -> fed.svc.r.example.com. 2,9",
    "fed.svc.s.example.com. -> fed.svc.example.com. 9",
    "fed.svc.a.s.example.com. -> fed.svc.s.example.com. 9",
    "fed.svc.t.example.com. -> fed.svc.example.com. 3",
  ]);
});

test("everything between a level and the domain exists, and nothing else does", () => {
  const { memory } = openFront("federation fed example.com\ncluster one r/a").picture;
  const names = Array.from(recordsOf(memory.u32, NODES), (at) => formatName(nodeName(memory, at)));
  assert.deepEqual(names.sort(), [
    "a.r.example.com.",
    "example.com.",
    "fed.svc.a.r.example.com.",
    "fed.svc.example.com.",
    "fed.svc.r.example.com.",
    "ns1.example.com.",
    "r.example.com.",
    "svc.a.r.example.com.",
    "svc.example.com.",
    "svc.r.example.com.",
  ]);
});

test("numbers are small, stay with their name, and are free again when the name is gone", () => {
  const numbers = new Numbers(3);
  const [a, b, c, d] = ["a", "b", "c", "d"].map((text) => nameOf(text)) as [never, never, never, never];
  assert.deepEqual([numbers.idOf(a), numbers.idOf(b), numbers.idOf(c), numbers.idOf(a)], [0, 1, 2, 0]);
  assert.throws(() => numbers.idOf(d), /more than 3/);
  numbers.retain(
    new Set([String.fromCharCode(...(a as Uint8Array)), String.fromCharCode(...(c as Uint8Array))]),
  );
  assert.deepEqual([numbers.idOf(d), numbers.idOf(c)], [1, 2]);
});

test("the number that means 'no level' is never given to a level", () => {
  assert.ok(LEVELS_MAX <= NO_LEVEL, `ids up to ${LEVELS_MAX - 1} may be given out, ${NO_LEVEL} is taken`);
});
