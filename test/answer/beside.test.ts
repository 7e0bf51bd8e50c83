/** Addresses beside records that lead to a host: only where they fit, and none where the settings say so. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { nameOf } from "../../src/dns/message/name.ts";
import { parseZoneFile } from "../../src/dns/zonefile/zone-reader.ts";
import type { Message } from "../support/decode.ts";
import { ask, type Front, openFront } from "../support/worker-context.ts";
import { onTerms } from "../support/terms.ts";

const MX = 15;

/** example.org with a mail host of so many addresses of each family. */
function open(addresses: number): Front {
  const lines = Array.from(
    { length: addresses },
    (_, i) => `mail A 192.0.2.${i + 1}\nmail AAAA 2001:db8::${i + 1}\n`,
  );
  const text = `$TTL 600\n@ SOA ns h 7 14400 3600 604800 300\n@ NS ns.other.test.\n@ MX 10 mail\n${lines.join("")}`;
  const readInclude = (): { readonly problem: string } => ({ problem: "no" });
  const { zone } = parseZoneFile({ name: "z", text, origin: nameOf("example.org"), readInclude });
  const front = openFront("");
  front.publisher.setZones([zone], []);
  front.publisher.flush();
  return front;
}

function shown({ tc, answer, additional }: Message): unknown {
  return [tc, answer.length, additional.map(({ type }) => type).join()];
}

test("one family without room is left out as a whole, and nothing is truncated", () => {
  const asked = { name: "example.org", type: MX };
  assert.deepEqual(shown(ask(open(2), asked)), [false, 1, "1,1,28,28"]);
  assert.deepEqual(shown(ask(open(17), asked)), [false, 1, "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1"]);
  assert.deepEqual(shown(ask(open(40), asked)), [false, 1, ""]);
});

test("minimal responses have none", () => {
  const { context } = onTerms(open(2), { minimalResponses: true });
  assert.deepEqual(shown(ask({ context }, { name: "example.org", type: MX })), [false, 1, ""]);
});
