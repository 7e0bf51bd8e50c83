/** Commands for real kubectls, each with how it ends and what it must print, and the kubectls they are run with. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startApiServer } from "../../src/sandbox/api-server.ts";
import type { ApiServer } from "../../src/sandbox/api-server.ts";
import { minorVersion, openKubectl } from "./kubectl.ts";
import type { Kubectl } from "./kubectl.ts";

export type Step = {
  /** Split at blanks; quotes are not special, so values hold none. */
  readonly run: string;
  /** Several where one command shows several things: a kubectl process is what these tests cost. */
  readonly says: RegExp | readonly RegExp[];
  readonly input?: string;
  /** What `kubectl edit` edits with. */
  readonly editor?: string;
  readonly fails?: true;
  /** Newer kubectls only. */
  readonly modern?: true;
};

/** `--subresource`, server-side field validation and OpenAPI v3 came between 1.20 and this one. */
const MODERN_MINOR = 27;

const programs = [
  { from: "the path", program: "kubectl", isRequired: process.env["CI"] !== undefined },
  // Debian's kubernetes-client (1.20) for one; unpacked is enough.
  { from: "KUBECTL_LEGACY", program: process.env["KUBECTL_LEGACY"] ?? "", isRequired: false },
];

/** What a suite has while it runs. */
export type Kit = { readonly server: ApiServer; readonly kubectl: Kubectl };

/** The steps, in order, against a fresh server for each kubectl there is; then `more` tests of the same suite. */
export function forEachKubectl(steps: readonly Step[], more: (kit: Kit) => void = () => undefined): void {
  for (const { from, program, isRequired } of programs) {
    const minor = minorVersion(program);
    const isModern = (minor ?? 0) >= MODERN_MINOR;
    // In CI a missing kubectl fails; on a laptop it is skipped, and says so.
    const skip = minor === undefined && !isRequired ? `no kubectl from ${from}` : false;
    describe(`kubectl 1.${minor ?? "?"} of ${from}`, { skip }, () => {
      let server: ApiServer;
      let kubectl: Kubectl;
      const kit: Kit = {
        get server() {
          return server;
        },
        get kubectl() {
          return kubectl;
        },
      };
      before(async () => {
        server = await startApiServer({
          loadBalancer: {
            ipv4Prefix: "192.0.2.",
            ipv6Prefix: "2001:db8:1::",
            ipv4PerService: 2,
            ipv6PerService: 1,
          },
        });
        kubectl = await openKubectl(program, server);
      });
      after(async () => {
        await kubectl.close();
        await server.close();
      });
      for (const { run, input, editor, says, fails } of steps.filter(({ modern }) => isModern || !modern)) {
        test(`${run} ${fails ? "is refused" : "works"}`, async () => {
          const { code, out } = await kubectl.run(run.split(" "), input, editor);
          for (const pattern of [says].flat()) assert.match(out, pattern);
          assert.equal(code === 0, fails === undefined, out);
        });
      }
      more(kit);
    });
  }
}
