/**
 * What `fedns serve` would meet on this machine, without any network: kubeconfigs, the state directory, ports, the location
 * database, domains within domains, replicas that share no key.
 *
 *   the file of a setting is not there   a warning: it may come later, and fedns reads it then (kubeconfig-findings.ts)
 *   it is there and cannot be used       an error
 *   what serve would refuse to start on  an error
 *   a fedns runs with these settings     a note; it has the ports, and whether they are free is not asked
 */
import { existsSync, statfsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Clock } from "../../kernel/clock.ts";
import { messageOf } from "../../kernel/error.ts";
import { folderProblem } from "../../kernel/native/folder.ts";
import { tryLock } from "../../kernel/native/lock.ts";
import type { Config } from "../../run/config/config.ts";
import { sharedFileSystem } from "../../run/supervise/state-directory.ts";
import { databaseOf, editionOf, nameOf } from "../../traffic/locate/database.ts";
import { type LocalPort, listenProblem } from "../sandbox/free-ports.ts";
import type { CheckFinding } from "./finding.ts";
import { kubeconfigFindings } from "./kubeconfig-findings.ts";

export async function localFindings(config: Config, clock: Clock): Promise<readonly CheckFinding[]> {
  const state = stateFindings(config);
  const isRunning = state.some(({ severity }) => severity === "note");
  return [
    ...(await kubeconfigFindings(config, clock)),
    ...state,
    ...(isRunning ? [] : await portFindings(config)),
    ...databaseFindings(config),
    ...domainFindings(config),
    ...cookieFindings(config),
  ];
}

function stateFindings({ stateDirectory }: Config): readonly CheckFinding[] {
  const path = ["stateDirectory"];
  const problem = folderProblem(stateDirectory);
  if (problem !== null) {
    const message = `${stateDirectory} cannot be used: ${problem}; or choose another stateDirectory`;
    return [{ severity: "error", path, message }];
  }
  const shared = sharedFileSystem(statfsSync(nearestFolder(stateDirectory)).type);
  if (shared !== null) {
    const message = `${stateDirectory} is on ${shared}, which other machines may write to; choose a stateDirectory on a local disk`;
    return [{ severity: "error", path, message }];
  }
  if (!existsSync(stateDirectory)) return [];
  // The note of whoever holds the lock is read, and none is left.
  const lock = tryLock({
    path: stateDirectory,
    notePath: join(stateDirectory, "lock"),
    isDirectory: true,
    leavesNote: false,
  });
  if (!("release" in lock))
    return [
      { severity: "note", path, message: `a fedns runs with it (${lock.holder}): its ports are not tried` },
    ];
  lock.release();
  return [];
}

function nearestFolder(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestFolder(dirname(path));
}

async function portFindings({ listen, admin }: Config): Promise<readonly CheckFinding[]> {
  const wanted: readonly (LocalPort & { readonly path: CheckFinding["path"] })[] = [
    ...listen.flatMap(({ address, port }, index) =>
      (["udp", "tcp"] as const).map((transport) => ({
        address,
        port,
        transport,
        option: `listen[${index}].port`,
        path: ["listen", index],
      })),
    ),
    { ...admin, transport: "tcp", option: "admin.port", path: ["admin"] },
  ];
  const found: CheckFinding[] = [];
  for (const { path, ...listener } of wanted) {
    const message = await listenProblem(listener);
    // UDP and TCP of one address fail for one reason, and are one finding.
    const isTold = found.some(({ path: told }) => told.join() === path.join());
    if (message !== null && !isTold) found.push({ severity: "error", path, message });
  }
  return found;
}

function databaseFindings({ locate: { database } }: Config): readonly CheckFinding[] {
  if (database === null) return [];
  const path = ["locate", "database"];
  try {
    const found = databaseOf(database);
    if (editionOf(found) !== null) return [];
    const cure = "create it, or name another one; until then clients are located by locate.networks alone";
    return [{ severity: "warning", path, message: `${nameOf(found)} is not there; ${cure}` }];
  } catch (error) {
    const cure = "reinstall fedns, or name a file";
    return [{ severity: "error", path, message: `${messageOf(error)}; ${cure}` }];
  }
}

/** One domain within another: each is a zone of its own, and the inner one hides all names of the outer one below it. */
function domainFindings({ federations }: Config): readonly CheckFinding[] {
  return federations.flatMap(({ domain }, index) => {
    const outer = federations.find((one) => domain.endsWith(`.${one.domain}`))?.domain;
    if (outer === undefined) return [];
    const hidden = "names there, also those of a region called like that,";
    const message = `${domain} lies within ${outer}, another domain of this file, whose ${hidden} are hidden; use one domain for both, or two that are apart`;
    const isReserved = domain === `svc.${outer}` || domain.endsWith(`.svc.${outer}`);
    const severity = isReserved ? "error" : "warning";
    return [{ severity, path: ["federations", index, "domain"], message }];
  });
}

/** A client that comes to another replica shows a cookie that this one did not make. */
function cookieFindings({ replicas, cookies }: Config): readonly CheckFinding[] {
  if (replicas === 1 || cookies.secrets.length > 0) return [];
  const where = cookies.secretsFile ?? "cookies.secretsFile, or cookies.secrets";
  const message = `replicas do not take the cookies of each other, because none has a key; put one of openssl rand -hex 16 into ${where}`;
  return [{ severity: "warning", path: ["replicas"], message }];
}
