/** PROXY headers before the first message of a TCP connection. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Scope } from "../../support/programs.ts";
import { until } from "../../support/until.ts";
import { HELLO } from "./data-plane.ts";
import { CLIENT_V4, CLIENT_V6, proxyHeader, UNSOUND_HEADERS } from "./proxy.ts";
import { type Rig, startRig } from "./stream-rig.ts";
import { frames, TcpClient } from "./tcp-client.ts";

const A = 1;
const NOERROR = 0;
const REFUSED = 5;
const BALANCERS = ["127.0.0.0/8"];
const WHY = { name: `why.${HELLO}`, type: 16, class: 3 } as const;
/** Only loopback addresses may ask why, so that the answer shows whose query it is. */
const LOOPBACK_V6: readonly number[] = [...Array<number>(15).fill(0), 1];

const join = (...parts: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));
const rigFor = (t: Scope): Rig => startRig(t, {}, BALANCERS);

describe("a TCP connection of a balancer", () => {
  it("has the client of its header, for all its messages", async (t) => {
    const client = await TcpClient.open(t, rigFor(t));
    client.write(join(proxyHeader({ source: LOOPBACK_V6, tlvs: [1, 0, 2, 3, 4] }), frames(WHY, WHY)));
    assert.deepEqual(
      (await client.saw(2)).map(({ rcode }) => rcode),
      [NOERROR, NOERROR],
    );
  });

  it("has no rights of the balancer", async (t) => {
    const client = await TcpClient.open(t, rigFor(t));
    client.write(join(proxyHeader({ source: CLIENT_V6 }), frames(WHY)));
    assert.deepEqual(
      (await client.saw(1)).map(({ rcode }) => rcode),
      [REFUSED],
    );
  });

  it("is its own client with LOCAL", async (t) => {
    const client = await TcpClient.open(t, rigFor(t));
    client.write(join(proxyHeader({}), frames(WHY)));
    assert.equal((await client.saw(1))[0]?.rcode, NOERROR);
  });

  it("may send header and message octet by octet", async (t) => {
    const client = await TcpClient.open(t, rigFor(t));
    for (const octet of join(proxyHeader({ source: CLIENT_V4 }), frames({ name: HELLO, type: A })))
      client.write(Uint8Array.of(octet));
    assert.equal((await client.saw(1))[0]?.answer.length, 1);
  });

  for (const [what, header] of Object.entries(UNSOUND_HEADERS)) {
    it(`is closed without an answer: ${what}`, async (t) => {
      const client = await TcpClient.open(t, rigFor(t));
      client.write(join(header, frames({ name: HELLO, type: A })));
      await client.sawEnd();
      assert.equal(client.replies.length, 0);
    });
  }

  it("is closed when its header does not come whole in time", async (t) => {
    const rig = rigFor(t);
    const client = await TcpClient.open(t, rig);
    client.write(proxyHeader({ source: CLIENT_V4 }).subarray(0, 20));
    await until("it is closed", () => {
      rig.clock.advance(1_000);
      return client.isEnded;
    });
  });

  it("counts for its client, not for the balancer", async (t) => {
    const rig = startRig(t, { maxConnectionsPerClient: 2 }, BALANCERS);
    const open = async (source: readonly number[]): Promise<TcpClient> => {
      const client = await TcpClient.open(t, rig);
      client.write(join(proxyHeader({ source }), frames({ name: HELLO, type: A })));
      await client.saw(1);
      return client;
    };
    const others = [await open([203, 0, 113, 1]), await open([203, 0, 113, 2]), await open([203, 0, 113, 3])];
    const [first, ...rest] = [await open(CLIENT_V4), await open(CLIENT_V4), await open(CLIENT_V4)];
    await first?.sawEnd();
    assert.deepEqual(
      [...others, ...rest].map(({ isEnded }) => isEnded),
      [false, false, false, false, false],
    );
  });
});

describe("a TCP connection of others", () => {
  it("is answered as everywhere, and closed when it begins with a header", async (t) => {
    const rig = startRig(t, {}, ["192.0.2.0/24"]);
    const plain = await TcpClient.open(t, rig);
    assert.equal((await plain.ask({ name: HELLO, type: A })).answer.length, 1);
    const liar = await TcpClient.open(t, rig);
    liar.write(join(proxyHeader({ source: CLIENT_V4 }), frames({ name: HELLO, type: A })));
    await liar.sawEnd();
    assert.equal(liar.replies.length, 0);
  });
});
