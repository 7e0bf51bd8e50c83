/** The option --config, for commands that may never read the file: whatever reads it takes long to load. */

export const CONFIG_OPTION = [
  "-c, --config <file>",
  "the configuration file (fedns config prints its settings)",
] as const;
export const CONFIG_DEFAULT = "fedns.yaml";
