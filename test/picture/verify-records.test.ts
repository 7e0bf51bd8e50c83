/** Records with good checks that no writer of ours writes: readers would follow them anywhere, so they are refused. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RecordType } from "../../src/dns/message/code.ts";
import { nameOf } from "../../src/dns/message/name.ts";
import { soaRdata } from "../../src/dns/message/record.ts";
import { headerCheck } from "../../src/picture/format/header.ts";
import { isPool, nodeName } from "../../src/picture/content/decode.ts";
import { Header } from "../../src/picture/format/layout.ts";
import { type Memory, wordsFor } from "../../src/picture/format/memory.ts";
import { NODE_WORDS, type NodeAt, NodeFlag } from "../../src/picture/format/node.ts";
import { POOL_WORDS, type ServiceAt } from "../../src/picture/format/pool.ts";
import {
  checkWords,
  Kind,
  RECORD_WORDS,
  type RecordAt,
  recordKind,
  recordWords,
} from "../../src/picture/format/record.ts";
import { recordsOf, NODES, SERVICES } from "../../src/picture/format/table.ts";
import { commitCheck } from "../../src/picture/write/transaction.ts";
import { reasonToRefuse } from "../../src/picture/verify/verify.ts";
import { keyOfName } from "../../src/dns/zone/zone.ts";
import { newPicture } from "../support/picture.ts";
import { wireName } from "../support/query.ts";

const origin = nameOf("example.com");
const KEY = Uint8Array.from(wireName("s.n").slice(0, -1));

function samplePicture(): Memory {
  const { memory, writer } = newPicture({ octets: 1 << 20 });
  const soa = soaRdata({
    mname: origin,
    rname: origin,
    serial: 1,
    refreshSeconds: 1,
    retrySeconds: 1,
    expireSeconds: 1,
    negativeTtlSeconds: 1,
  });
  const put = (name: string, flags: number, type: number, rdata: Uint8Array): void => {
    const rrsets = [{ type, ttlSeconds: 60, rdatas: [rdata] }];
    writer.putNode({ zone: 0, name: nameOf(name), flags, rrsets, level: null }, origin);
  };
  put("example.com", NodeFlag.Apex, RecordType.SOA, soa);
  put("sub.example.com", NodeFlag.Cut, RecordType.NS, nameOf("ns.example.net"));
  put("al.example.com", NodeFlag.Cname, RecordType.CNAME, nameOf("www.example.com"));
  put("www.example.com", 0, RecordType.A, Uint8Array.of(192, 0, 2, 1));
  const level = { id: 0, parent: null, federation: 0, clusters: [1] };
  writer.putNode({ zone: 0, name: nameOf("fed.svc.example.com"), flags: 0, rrsets: [], level }, origin);
  const zonal = { id: 1, parent: 0, federation: 0, clusters: [1] };
  const zonalName = nameOf("fed.svc.a.example.com");
  writer.putNode({ zone: 0, name: zonalName, flags: 0, rrsets: [], level: zonal }, origin);
  const addresses = { ipv4: [1, 2], ipv6: ["2001".padEnd(32, "0")] };
  const counts = { readyEndpoints: 1, wantedEndpoints: 1, weight: 1, tier: 0 };
  // One that a later layout has more of is written with more.
  writer.putPool(0, KEY, [Object.assign({ cluster: 1, ...counts, ...addresses }, { since: 0 })]);
  writer.commit({ wallSeconds: 1 });
  return memory;
}

function nodeAt(memory: Memory, name: string): NodeAt {
  const key = keyOfName(nameOf(name));
  for (const at of recordsOf(memory.u32, NODES)) if (keyOfName(nodeName(memory, at)) === key) return at;
  throw new Error(`there is no ${name}`);
}

function serviceAt(memory: Memory, kind: number): ServiceAt {
  for (const at of recordsOf(memory.u32, SERVICES)) if (recordKind(memory.u32, at) === kind) return at;
  throw new Error("there is no such service");
}

const MEMBER = POOL_WORDS + wordsFor(KEY.length);

type Damage = (memory: Memory) => { readonly at: number; readonly word: number; readonly value: number };

/** `word` of the node's record is set to what `change` makes of it. */
function inNode(name: string, word: number, change: (before: number) => number): Damage {
  return (memory) => {
    const at = nodeAt(memory, name);
    return { at, word, value: change(memory.u32[at + word] as number) };
  };
}

function inService(kind: number, word: number, change: (before: number) => number): Damage {
  return (memory) => {
    const at = serviceAt(memory, kind);
    return { at, word, value: change(memory.u32[at + word] as number) };
  };
}

/** Where the first RRset of a node with a name of so many octets is. */
function rrsetWord(name: string): number {
  return NODE_WORDS + wordsFor(nameOf(name).length);
}

const RDATA_WORD = rrsetWord("al.example.com") + 2 + 2 + 3;

const DAMAGES: Readonly<Record<string, Damage>> = {
  "a node that counts more RRsets than it has": inNode("www.example.com", 4, (word) => word + 1),
  "a node that counts fewer RRsets than it has": inNode("www.example.com", 4, (word) => word - 1),
  "an RRset that is longer than its node": inNode(
    "www.example.com",
    rrsetWord("www.example.com") + 1,
    (w) => w + 9,
  ),
  "an RRset of more records than it has": inNode(
    "www.example.com",
    rrsetWord("www.example.com"),
    (w) => w + 1,
  ),
  "a record that is longer than its RRset": inNode(
    "www.example.com",
    rrsetWord("www.example.com") + 2,
    (word) => word + (64 << 16),
  ),
  "a record with a pointer outside of it": inNode(
    "al.example.com",
    rrsetWord("al.example.com") + 3,
    (word) => word | 0x7f00_0000,
  ),
  "an alias whose target never ends": inNode("al.example.com", RDATA_WORD, (word) => (word & ~0xff) | 0x3f),
  "a name with a label of 64 octets": inNode("www.example.com", NODE_WORDS, (word) => (word & ~0xff) | 64),
  "a name that is shorter than it says": inNode("www.example.com", 3, (word) => word + (4 << 8)),
  "a name of other labels than it says": inNode("www.example.com", 3, (word) => word + 1),
  "a node in a zone that is not there": inNode("www.example.com", 3, (word) => word | (7 << 16)),
  "a cut without NS": inNode("www.example.com", 4, (word) => word | (NodeFlag.Cut << 16)),
  "an alias without CNAME": inNode("www.example.com", 4, (word) => word | (NodeFlag.Cname << 16)),
  "a redirection without DNAME": inNode("www.example.com", 4, (word) => word | (NodeFlag.Dname << 16)),
  "a level that is its own parent": inNode(
    "fed.svc.a.example.com",
    rrsetWord("fed.svc.a.example.com"),
    () => 1 << 16,
  ),
  "a level whose parent is not there": inNode(
    "fed.svc.a.example.com",
    rrsetWord("fed.svc.a.example.com"),
    () => 9 << 16,
  ),
  "a pool of more members than it has": inService(Kind.Pool, 3, (word) => word + 9),
  "a pool with a key of another length": inService(Kind.Pool, 3, (word) => word + (1 << 8)),
  "a member with more addresses than there are": inService(Kind.Pool, MEMBER + 4, (word) => word + (9 << 16)),
  "a member whose addresses are elsewhere": inService(Kind.Pool, MEMBER + 5, () => 0x00ff_ffff),
  "a member with endpoints behind the last index in use": inService(
    Kind.Pool,
    MEMBER + 3,
    (word) => word + 100_000,
  ),
  "a member of a cluster beyond the last": inService(Kind.Pool, MEMBER, (word) => word | 128),
  "a namespace with a key of two labels": inService(Kind.Namespace, RECORD_WORDS, (word) => word + (1 << 8)),
  "more endpoints than there is room for": (memory) => ({
    at: 0,
    word: Header.EndpointsEnd,
    value: (memory.u32[Header.EndpointCapacity] as number) + 1,
  }),
};

describe("a picture with good checks is refused for", () => {
  for (const [what, damage] of Object.entries(DAMAGES)) {
    it(what, () => {
      const memory = samplePicture();
      assert.equal(reasonToRefuse(memory), null);
      const { u32 } = memory;
      const { at, word, value } = damage(memory);
      assert.notEqual(u32[at + word], value >>> 0);
      u32[at + word] = value;
      if (at > 0) u32[at + 2] = checkWords(u32, at, at + recordWords(memory.u32, at as RecordAt), at + 2);
      u32[Header.CommitCheck] = commitCheck((index) => u32[index] as number);
      u32[Header.Check] = headerCheck(memory);
      assert.match(reasonToRefuse(memory) ?? "", /makes no sense|has lost endpoints|has lost a zone/);
    });
  }

  it("nothing, when it is as we write it", () => {
    const memory = samplePicture();
    assert.ok([...recordsOf(memory.u32, SERVICES)].some((at) => isPool(memory, at)));
    assert.equal(reasonToRefuse(memory), null);
  });
});
