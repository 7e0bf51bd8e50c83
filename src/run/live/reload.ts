/** The command `reload` of the admin socket, and what SIGHUP does: the configuration file and the zone files are read again. */
import type { LiveSettings, SettingsOutcome } from "./live-settings.ts";
import type { SettingsFile } from "./settings-file.ts";

/**
 *     {"command":"reload"}  ->  {"ok":true,"settings":{"file":"...","changed":["ttlSeconds"],"lastChange":{"at":"...","settings":["ttlSeconds"]},
 *                                "needRestart":["listen"],"problems":[]},"zones":{"zones":2,"problems":["FILE:LINE: warning: ..."]}}
 *
 * The reply comes when the new settings are in force. `ok` is false when the configuration file has an error; zone files are
 * read anyway. `zones` is null when the control process does not reply in time.
 */
export function reloadCommand(
  file: Pick<SettingsFile, "path" | "read">,
  settings: Pick<LiveSettings, "take" | "status">,
  control: {
    /** Null when there is no reply in time. */
    reloadZones(): Promise<{ readonly zones: number; readonly problems: readonly string[] } | null>;
  },
): () => Promise<object> {
  return async () => {
    const outcome = await settings.take(await file.read());
    const reply = await control.reloadZones();
    const zones = reply === null ? null : { zones: reply.zones, problems: reply.problems };
    const { lastChange } = settings.status;
    return { ...resultOf(outcome), settings: { file: file.path, ...outcome, lastChange }, zones };
  };
}

function resultOf({ problems }: SettingsOutcome): { readonly ok: boolean; readonly error?: string } {
  if (problems.length === 0) return { ok: true };
  return {
    ok: false,
    error: `the configuration file has an error, and no setting has changed: ${problems[0]}`,
  };
}
