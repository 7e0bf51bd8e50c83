/** Loads the sources of host names that the settings switch on: once in a process, for all members. */
import type { WatchedResource } from "../watch/watched-resource.ts";
import type { HostSource, SourceContext } from "./host-source.ts";
import { SOURCE_NAMES, type SourceName, type SourceSettings, SOURCES } from "./source-table.ts";

export type OpenHostSource = {
  /** By kind. */
  readonly resources: Readonly<Record<string, WatchedResource>>;
  /** Registers what the source watches in one cluster. */
  readonly open: (context: SourceContext) => void;
};

export type OpenSources = {
  readonly settings: SourceSettings;
  /** Those that are on, in the order of the table. */
  readonly hostSources: readonly OpenHostSource[];
};

export async function openSources(settings: SourceSettings): Promise<OpenSources> {
  const enabled = SOURCE_NAMES.filter((name) => settings[name].enabled);
  const opened = await Promise.all(enabled.map((name) => openSource(name, settings)));
  return { settings, hostSources: opened.filter((source) => source !== null) };
}

async function openSource<Name extends SourceName>(
  name: Name,
  settings: SourceSettings,
): Promise<OpenHostSource | null> {
  const { load, resources } = SOURCES[name];
  if (load === null) return null;
  const source: HostSource<SourceSettings[Name]> = await load();
  return { resources, open: (context) => source(context, settings[name]) };
}
