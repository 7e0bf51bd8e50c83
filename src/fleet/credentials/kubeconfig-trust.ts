/**
 * What a kubeconfig may have this process do besides sending requests to the server that it names: run commands, read files
 * elsewhere, ask an identity provider. Kubeconfigs are not code: in a server all of this is off unless the settings allow it.
 * A person's own kubeconfig may do what it may with kubectl.
 */
import { OperationalError } from "../../kernel/error.ts";
import type { AllowedCommands } from "../plugins/plugin-command.ts";
import type { Environment } from "../plugins/plugin-environment.ts";
import type { Complaints } from "../plugins/run-command.ts";

export type KubeconfigTrust = {
  /** Of exec plug-ins: names, which are looked up in PATH, and absolute paths. */
  readonly commands: AllowedCommands;
  /** Absolute paths of folders with files that may be named, besides the kubeconfig's own and the service account's. */
  readonly folders: readonly string[] | "any";
  readonly authProviders: readonly string[] | "any";
};

export const NO_TRUST: KubeconfigTrust = { commands: [], folders: [], authProviders: [] };

/** On which terms a kubeconfig is used. */
export type KubeconfigTerms = {
  readonly trust: KubeconfigTrust;
  readonly onComplaint: Complaints;
  /** Of this process: proxies, PATH, and what plug-ins get of it. */
  readonly env: Environment;
};

/** For a server, and for everything that nobody said more about. */
export function termsOf(trust: KubeconfigTrust, onComplaint: Complaints = () => undefined): KubeconfigTerms {
  return { trust, onComplaint, env: process.env };
}

/** For a command that a person runs with their own kubeconfig. */
export const TERMS_OF_A_PERSON: KubeconfigTerms = {
  trust: { commands: "any", folders: "any", authProviders: "any" },
  onComplaint: null,
  env: process.env,
};

/** What is asked for and not allowed, as values of the settings. */
export type AskedTrust = {
  readonly commands: readonly string[];
  readonly folders: readonly string[];
  readonly authProviders: readonly string[];
};

export class NotAllowed extends OperationalError {
  readonly asked: AskedTrust;

  /** `where`: the context; `trust`: what is allowed already. */
  constructor(where: string, asked: AskedTrust, trust: KubeconfigTrust) {
    const parts = [
      ...asked.commands.map((command) => `runs the command ${plain(command)}`),
      ...asked.folders.map((folder) => `reads files in ${plain(folder)}`),
      ...asked.authProviders.map((name) => `uses the auth-provider ${plain(name)}`),
    ];
    const cure = `if you trust who writes it, allow that in the settings: ${settingFor([asked], trust)}`;
    super("KUBE_NOT_ALLOWED", `${where}: it ${parts.join(" and ")}, which is not allowed; ${cure}`);
    this.asked = asked;
  }
}

/** The setting that allows what is asked for and what is allowed already, to be pasted. */
export function settingFor(asked: readonly AskedTrust[], trust: KubeconfigTrust): string {
  const values = (["commands", "folders", "authProviders"] as const).flatMap((key) => {
    const before = trust[key];
    const all = new Set([...(before === "any" ? [] : before), ...asked.flatMap((one) => one[key])]);
    return all.size === 0 ? [] : [`${key}: [${[...all].map(plain).join(", ")}]`];
  });
  return `kubeconfigs: { ${values.join(", ")} }`;
}

/** As YAML in one line. */
function plain(text: string): string {
  const isWord = /^[a-z/][\w./@+-]*$/i.test(text) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text);
  return isWord ? text : JSON.stringify(text);
}
