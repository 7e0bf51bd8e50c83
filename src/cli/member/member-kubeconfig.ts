/** `fedns member-kubeconfig`: the kubeconfig with which fedns reads a member that its settings list. */
import { stayAlive } from "../session/stay-alive.ts";
import { Command, InvalidArgumentError } from "commander";
import { parseObjectName } from "../arguments/object-argument.ts";
import { parseLifetime } from "./token-lifetime.ts";
import type { Session } from "../session/session.ts";
import type { Subject } from "../membership/planned-object.ts";

const epilogue = `
For members of \`clusters\` in the configuration; fedns join needs none of this. deploy/member.yaml makes the account. Its
token is that of the Secret there, which does not expire, because nobody renews a token in a kubeconfig. Without that
Secret, or with --token-duration, the API server issues a token that ends, and fedns says when.
Run it with your own rights: reading the Secret, or creating tokens of the account.

Examples:
  fedns member-kubeconfig us-west -o us-west.kubeconfig
  fedns member-kubeconfig us-west --token-duration 90d --api-endpoint https://192.0.2.10:6443 > us-west.kubeconfig

Exit codes: 0 printed or written, 1 failed, 2 wrong usage.`;

type MemberKubeconfigOptions = {
  readonly kubeconfig?: string;
  readonly account: Subject;
  readonly apiEndpoint?: string;
  /** In milliseconds. */
  readonly tokenDuration?: number;
  readonly output?: string;
};

export function memberKubeconfigCommand(session: Session): Command {
  return new Command("member-kubeconfig")
    .description("Make the kubeconfig of fedns's account in a member.")
    .argument("<context>", "the context of the member in your kubeconfig, and of the new one")
    .option("--kubeconfig <file>", "the kubeconfig (default: $KUBECONFIG, or ~/.kube/config)")
    .option(
      "--account <namespace/name>",
      "the ServiceAccount",
      parseAccount,
      parseAccount("fedns-system/fedns-reader"),
    )
    .option(
      "--api-endpoint <url>",
      "where fedns reaches the API server (default: as in the context)",
      parseEndpoint,
    )
    .option("--token-duration <time>", "issue a token that is valid for this long, like 90d", parseLifetime)
    .option("-o, --output <file>", "write it to this file, readable by you alone (default: print it)")
    .addHelpText("after", epilogue)
    .action((context: string, options: MemberKubeconfigOptions) => make(session, context, options));
}

async function make(session: Session, context: string, options: MemberKubeconfigOptions): Promise<void> {
  const { connect } = await import("../clusters/connect.ts");
  const { accountKubeconfig } = await import("./account-kubeconfig.ts");
  const { clock } = session;
  const { signal } = new AbortController();
  const { account, kubeconfig, apiEndpoint = null, tokenDuration, output } = options;
  const member = await connect({ name: context, context, kubeconfig, clock, signal });
  using _ = stayAlive();
  try {
    const made = await accountKubeconfig(member, {
      account,
      name: context,
      apiEndpoint,
      lifetimeSeconds: tokenDuration === undefined ? null : Math.round(tokenDuration / 1000),
      signal,
    });
    if (output === undefined) session.print(made.text);
    else {
      const { writePrivateFile } = await import("../../kernel/private-file.ts");
      await writePrivateFile(output, made.text);
      session.print(`${output} written, with the context ${context}\n`);
    }
    if (made.expires !== null)
      session.printError(`its token expires at ${made.expires}, and is not renewed: make a new one before\n`);
  } finally {
    member.transport.close();
  }
}

function parseAccount(text: string): Subject {
  const [namespace = "", name = "", ...rest] = text.split("/");
  if (rest.length > 0) throw new InvalidArgumentError("It must be NAMESPACE/NAME of a ServiceAccount.");
  return { namespace: parseObjectName(namespace), name: parseObjectName(name) };
}

function parseEndpoint(text: string): string {
  const url = URL.parse(text);
  if (url !== null && (url.protocol === "https:" || url.protocol === "http:")) return text.replace(/\/$/, "");
  throw new InvalidArgumentError("It must be a URL like https://192.0.2.10:6443.");
}
