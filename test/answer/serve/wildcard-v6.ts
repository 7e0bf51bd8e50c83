/** Run by wildcard.test.ts in a network namespace with two IPv6 addresses: prints where the replies came from. */
import { encodeQuery } from "../../support/query.ts";
import type { Scope } from "../../support/programs.ts";
import { until } from "../../support/until.ts";
import { HELLO, startDataPlane } from "./data-plane.ts";
import { UdpClient } from "./udp-client.ts";

const endings: (() => unknown)[] = [];
const scope: Scope = { after: (action) => void endings.push(action) };
const plane = await startDataPlane(scope, { addresses: ["::"] });
const sources: (string | undefined)[] = [];
for (const address of ["2001:db8::53", "2001:db8::54", "::1"]) {
  const client = await UdpClient.open(scope, { port: plane.port, address });
  client.send(encodeQuery({ name: HELLO, type: 1 }));
  await until("an answer", () => client.replies.length > 0);
  sources.push(client.replies[0]?.from.address);
}
process.stdout.write(JSON.stringify(sources));
for (const ending of endings) await ending();
