/** Steps for real kubectls: a command, whether it succeeds, and what it prints; and the kubectls that run them. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startApiServer } from "../../src/sandbox/api-server.ts";
import type { ApiServer } from "../../src/sandbox/api-server.ts";
import { minorVersion, openKubectl } from "./kubectl.ts";
import type { Kubectl } from "./kubectl.ts";
import { isLong } from "../suite/scale.ts";

export type Step = {
  /** Split at spaces; quotes are not special, so values contain no spaces. */
  readonly run: string;
  /** Several patterns where one command shows several things: processes are the cost of these tests. */
  readonly says: RegExp | readonly RegExp[];
  readonly input?: string;
  /** The editor of `kubectl edit`. */
  readonly editor?: string;
  readonly fails?: true;
  /** Newer kubectls only. */
  readonly modern?: true;
};

/** The first version with `--subresource`, server-side field validation and OpenAPI v3; 1.20 has none of them. */
const MODERN_MINOR = 27;

export const programs: readonly {
  readonly from: string;
  readonly program: string;
  readonly isRequired: boolean;
}[] = [
  { from: "the path", program: "kubectl", isRequired: process.env["CI"] !== undefined },
  // Such as Debian's kubernetes-client (1.20), which need not be installed; in the long form.
  ...(isLong
    ? [{ from: "KUBECTL_LEGACY", program: process.env["KUBECTL_LEGACY"] ?? "", isRequired: false }]
    : []),
];

/** The server and the kubectl of a running suite. */
export type Kit = {
  readonly server: ApiServer;
  readonly kubectl: Kubectl;
  /** Whether this kubectl knows what `modern` steps need. */
  readonly isModern: boolean;
};

/**
 * Runs the steps in order, against a fresh server for each kubectl; then `more` tests of the same suite. `prepare` gets
 * the server first.
 */
export function forEachKubectl(
  steps: readonly Step[],
  more: (kit: Kit) => void = () => undefined,
  prepare: (server: ApiServer) => Promise<void> = () => Promise.resolve(),
): void {
  for (const { from, program, isRequired } of programs) {
    const minor = minorVersion(program);
    const isModern = (minor ?? 0) >= MODERN_MINOR;
    // In CI a missing kubectl fails; on a laptop the suite is skipped with this reason.
    const skip = minor === undefined && !isRequired ? `no kubectl from ${from}` : false;
    describe(`kubectl 1.${minor ?? "?"} of ${from}`, { skip }, () => {
      let server: ApiServer;
      let kubectl: Kubectl;
      const kit: Kit = {
        isModern,
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
        await prepare(server);
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
