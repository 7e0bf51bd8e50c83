/** `fedns stub`: at which address fedns is asked, and what the operator must do beside it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { corefile } from "./corefile.ts";
import { printed, SETTINGS, stub } from "./stub-rig.ts";

describe("where fedns listens itself", () => {
  const LISTENING = SETTINGS.replace('addresses: [192.0.2.53, "2001:db8::53"]', "addresses: [127.0.0.1]");
  const listen = (port: number): string => `${LISTENING}listen: [{ address: 127.0.0.1, port: ${port} }]\n`;

  it("its port is part of the address, and 53 is not", async (t) => {
    const line = "--for coredns --cluster us-west --region us-west";
    const at = async (settings: string): Promise<unknown> =>
      corefile((await stub(t, line, settings)).out)[0]?.plugins.get("forward");
    assert.deepEqual(await at(listen(1053)), [["forward", ".", "127.0.0.1:1053"]]);
    assert.deepEqual(await at(listen(53)), [["forward", ".", "127.0.0.1"]]);
    const wildcard = `${SETTINGS}listen: [{ address: 0.0.0.0, port: 5353 }]\n`;
    assert.deepEqual(await at(wildcard), [["forward", ".", "192.0.2.53", "2001:db8::53"]]);
  });

  it("a loopback address is said to be the DNS server itself, wherever that is a Pod", async (t) => {
    for (const kind of ["coredns", "kube-dns"]) {
      const { out } = await stub(t, `--for ${kind} --cluster us-west --region us-west`, listen(1053));
      const text = out.replaceAll("\n# ", " ");
      assert.match(
        text,
        /CHANGE: 127\.0\.0\.1:1053 is the Pod of this DNS server itself, .* with --server\./,
      );
    }
    assert.doesNotMatch(await printed(t, "--for kube-dns --cluster us-west"), /CHANGE/);
  });
});

it("for kube-dns, the comments have the lines that cure what it does not do", async (t) => {
  const text = await printed(t, "--for kube-dns --cluster us-west");
  const lines = text.split("\n");
  for (const line of [
    "#   kubectl label node NODE \\",
    "#     failure-domain.beta.kubernetes.io/region=REGION \\",
    "#     failure-domain.beta.kubernetes.io/zone=ZONE",
    "#   upstreamNameservers: '[\"RESOLVER\"]'",
  ])
    assert.ok(lines.includes(line), line);
  const flat = text.replaceAll("\n# ", " ");
  assert.match(flat, /never through stubDomains/);
  assert.match(flat, /have TTL 0\./);
});
