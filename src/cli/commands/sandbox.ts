/** `fedns sandbox`: a host cluster and three member clusters in this process, and fedns serving them. */
import { writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { Command } from "commander";
import { wholeNumber } from "../arguments/argument.ts";
import type { RunningSandbox, Session } from "../session/session.ts";

const epilogue = `
Starts a host cluster and three member clusters with sample Services, as Kubernetes API servers inside this process, and
fedns connected to them as to real clusters. Writes kubeconfigs for kubectl. This is a test double and a demo, not for
production: all objects are lost when it ends, and so are drains and other orders. It ends on Ctrl-C and when its
terminal is closed.

Example:
  fedns sandbox --port 5300
  dig @127.0.0.1 -p 5300 hello.demo.myfed.svc.example.com

Exit codes: 0 stopped by a signal, 1 failed (for example, a port is taken), 2 wrong usage.`;

type SandboxOptions = {
  readonly directory: string;
  readonly port: number;
  readonly adminPort: number;
  readonly httpPort: number;
};

export function sandboxCommand(session: Session): Command {
  const port = wholeNumber(0, 65_535);
  return new Command("sandbox")
    .description("Run a federation on this machine, for trying and developing fedns.")
    .option("-d, --directory <path>", "the directory for kubeconfigs and fedns.yaml", ".sandbox")
    .option("-p, --port <number>", "the port of DNS, on the loopback addresses", port, 1053)
    .option("--admin-port <number>", "the port of admin HTTP, on 127.0.0.1", port, 9353)
    .option("--http-port <number>", "the port of the HTTP proxy, on 127.0.0.1; 0 = any", port, 8053)
    .addHelpText("after", epilogue)
    .action((options: SandboxOptions) => runSandbox(session, options));
}

async function runSandbox(session: Session, options: SandboxOptions): Promise<void> {
  const { loopbackAddresses, requireFree } = await import("../sandbox/free-ports.ts");
  const { sandboxConfig } = await import("../sandbox/sandbox-config.ts");
  const { federation } = await import("../sandbox/federation.ts");
  const { requireConfig } = await import("../arguments/config-argument.ts");
  const { supervise } = await import("../session/supervise.ts");
  const { claimDirectory } = await import("../sandbox/own-directory.ts");
  const addresses = loopbackAddresses();
  const directory = resolve(options.directory);
  const configPath = join(directory, "fedns.yaml");
  const dns = addresses.flatMap((address) =>
    (["udp", "tcp"] as const).map((transport) => ({
      address,
      port: options.port,
      transport,
      option: "--port",
    })),
  );
  const web = (
    [
      [options.adminPort, "--admin-port"],
      [options.httpPort, "--http-port"],
    ] as const
  ).map(([port, option]) => ({ address: "127.0.0.1", port, transport: "tcp" as const, option }));
  // Checked first: a second sandbox must not touch the files of a running one.
  await requireFree([...dns, ...web]);
  const lock = claimDirectory(directory, configPath);
  try {
    const ingressProxy = { port: options.httpPort, dns: `127.0.0.1:${options.port}` };
    const startSandbox =
      session.programs.startSandbox ?? (await import("../../sandbox/sandbox.ts")).startSandbox;
    const sandbox = await startSandbox({ directory, ingressProxy, federation });
    try {
      const { port, adminPort } = options;
      const { clusters, host } = sandbox;
      await writeFile(configPath, sandboxConfig({ directory, addresses, port, adminPort, clusters, host }));
      await supervise(session, {
        config: await requireConfig(configPath),
        // Its clusters are gone when the terminal is.
        onHangUp: "stop",
        onReady: () => session.print(greeting(options, addresses, sandbox)),
      });
    } finally {
      await sandbox.close();
    }
  } finally {
    lock.release();
  }
}

/** How this person runs fedns: from a checkout by its scripts, by npx, or as a command. */
export function ownCommand({
  npm_command: command,
  npm_lifecycle_event: script,
}: Readonly<Record<string, string | undefined>>): string {
  if (command === "exec") return "npx fedns";
  return script === "start" || script === "fedns" ? "npm run -s fedns --" : "fedns";
}

function greeting(options: SandboxOptions, addresses: readonly string[], sandbox: RunningSandbox): string {
  const { port, adminPort } = options;
  const names = sandbox.clusters.map(({ name }) => name);
  const fedns = ownCommand(process.env);
  const server = port === 1053 ? "" : ` --server 127.0.0.1:${port}`;
  const kubeconfig = shortPath(sandbox.kubeconfigPath);
  const configPath = shortPath(join(resolve(options.directory), "fedns.yaml"));
  const config = ` --config ${configPath}`;
  return `
fedns answers for the federation myfed in example.com. This is a sandbox: a test double and a demo, never a store for production.

  DNS       ${addresses.join(" and ")}, port ${port}, UDP and TCP
  admin     http://127.0.0.1:${adminPort}/
  web       127.0.0.1:${sandbox.ingressProxyPort ?? options.httpPort}, a proxy that leads to the cluster DNS answers
  clusters  ${names.join(", ")} and a host, in this process; kubeconfig ${kubeconfig}
  config    ${configPath}

Try, in another terminal:

  dig @127.0.0.1 -p ${port} hello.demo.myfed.svc.example.com
  curl -x 127.0.0.1:${sandbox.ingressProxyPort ?? options.httpPort} http://shop.apps.example.com/
  kubectl --kubeconfig ${kubeconfig} --context ${sandbox.clusters[0]?.context ?? ""} get svc -A
  ${fedns} ask hello.demo.myfed.svc.eu-central.example.com AAAA${server}
  ${fedns} explain hello.demo.myfed.svc.example.com${server}
  ${fedns} status${config}
  ${fedns} drain us-west${config}

Ctrl-C ends it.
`;
}

/** The path relative to the working directory, if it is inside. */
function shortPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short === "" || short.startsWith("..") ? path : short;
}
