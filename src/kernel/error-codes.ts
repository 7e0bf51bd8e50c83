/** Every code that an OperationalError can carry: what it means, and what an operator does about it. Codes are stable. */
import type { constants } from "node:os";

type CodeEntry = { readonly meaning: string; readonly action: string };

const CODES = {
  // Start and settings.
  CONFIG_UNREADABLE: {
    meaning: "The configuration file does not exist or cannot be read.",
    action: "check the path and the permissions",
  },
  CONFIG_INVALID: {
    meaning: "The configuration file has problems.",
    action: "fix the lines that the message names; fedns check lists them all",
  },
  PLATFORM: { meaning: "This operating system cannot run the server.", action: "run fedns on Linux" },
  WORKERS: {
    meaning: "There are more workers and listen addresses than the scoreboard has room for.",
    action: "lower serve.workers or listen on fewer addresses",
  },
  NO_PICTURE: {
    meaning: "The picture file is missing or cannot be mapped by this version.",
    action: "restart fedns: it creates the file",
  },
  NO_ROOM: {
    meaning: "The volume of the state directory is full, or its quota is used up.",
    action: "make room there; fedns retries while it runs",
  },
  COPY_FAILED: {
    meaning: "The saved copy of the picture could not be made.",
    action: "nothing; fedns retries. If it persists, report a bug",
  },
  PICTURE_FORMAT: {
    meaning: "The picture file is damaged or was written by a version of fedns with another format.",
    action: "stop fedns and start it again: it then starts with a new picture file",
  },
  PICTURE_BUSY: {
    meaning: "Another process holds the lock on the picture file.",
    action: "stop the process that the message names, if necessary with `kill -9`",
  },
  STATE_DIRECTORY: {
    meaning: "The state directory cannot be created or used.",
    action: "check its path, owner, permissions and free space",
  },
  STATE_BUSY: {
    meaning: "Another fedns uses the state directory.",
    action: "stop it, or choose another stateDirectory",
  },
  STATE_FILE_SYSTEM: {
    meaning: "The state directory is on a file system that several machines can write to.",
    action: "choose a stateDirectory on a local disk, on a block volume or in memory (emptyDir, tmpfs)",
  },
  // The admin interfaces.
  ADMIN_LISTEN: {
    meaning: "The admin HTTP server cannot listen on its address and port.",
    action: "stop the other program, or change admin.address or admin.port",
  },
  ADMIN_SOURCE_LATE: {
    meaning: "A page of the admin HTTP server was not ready in time.",
    action: "ask again",
  },
  ADMIN_UNREACHABLE: {
    meaning: "No running fedns responds on the admin socket.",
    action: "start fedns, or give the right --config or --socket",
  },
  SOCKET_PATH: {
    meaning: "The path of the admin socket is too long or is taken by another file.",
    action: "choose another stateDirectory, or move the file away",
  },
  SOCKET_BUSY: {
    meaning: "Another program responds on the admin socket.",
    action: "stop it, or choose another stateDirectory",
  },
  SOCKET_LISTEN: {
    meaning: "The admin socket cannot be created.",
    action: "check that the state directory exists and is writable",
  },
  SOCKET_REQUEST: { meaning: "A request on the admin socket is too long.", action: "send one line of JSON" },
  REPLACE: {
    meaning: "A child process could not be replaced; the old one keeps running.",
    action: "read the log for the reason, then restart again",
  },
  STATUS: { meaning: "A running fedns refused to report its status.", action: "read the log of the server" },
  USAGE: {
    meaning: "The arguments of a command do not fit together.",
    action: "correct what the message names; --help of the command shows its usage",
  },
  INPUT_UNREADABLE: {
    meaning: "A file that a command is given cannot be read.",
    action: "check the path and the permissions",
  },
  CLUSTER_STEP: {
    meaning: "A step of a command cannot be done in the host or in a member.",
    action: "do what the message says, and run the command again: it continues where it stopped",
  },
  PLAN: {
    meaning: "What is to be planned or explained cannot be found or read.",
    action: "do what the message says",
  },
  DELEGATION: {
    meaning: "The delegation of a zone cannot be checked.",
    action: "give what the message names",
  },
  RELOAD: {
    meaning: "A running fedns refused to read its files again.",
    action: "read the log of the server",
  },
  IMPORT: {
    meaning: "A manifest that is to be imported cannot be read.",
    action: "correct the file that the message names",
  },
  STUB: {
    meaning: "The configuration of a resolver cannot be generated.",
    action: "give the option that the message names",
  },
  // Orders.
  ORDER_UNSOUND: {
    meaning: "An order has a missing or invalid field.",
    action: "fix the field that the message names",
  },
  ORDER_LATE: {
    meaning: "The control process did not reply in time; the order may still be carried out.",
    action: "look at fedns status before you repeat it",
  },
  TOO_MANY_FORCES: {
    meaning: "Too many addresses are forced up or down.",
    action: "clear some of them with fedns force none",
  },
  // Member clusters.
  KUBE_CONFIG: {
    meaning: "A kubeconfig, or the Secret of a member in the host, cannot be read or is incomplete.",
    action: "fix what the message names; fedns reads it again when it changes",
  },
  KUBE_NOT_ALLOWED: {
    meaning:
      "A kubeconfig would run a command, read files outside its folder or ask an identity provider, and the settings do not allow it.",
    action: "if you trust who writes it, paste the setting that the message has; else remove it",
  },
  KUBE_EXEC: {
    meaning: "A credential plug-in of a kubeconfig failed.",
    action: "run the plug-in by hand as the user of fedns",
  },
  KUBE_AUTH_PROVIDER: {
    meaning: "An auth-provider of a kubeconfig failed.",
    action:
      "see whether the identity provider answers, or use a token, a certificate or an exec plug-in instead",
  },
  KUBE_TOKEN: {
    meaning:
      "A member does not issue a new token to this process, which goes on with the one in the host's Secret.",
    action: "allow it, as the message says, before the token in the Secret expires",
  },
  KUBE_NO_CREDENTIALS: {
    meaning: "There are no credentials for the cluster yet.",
    action: "see the problem with its kubeconfig",
  },
  KUBE_STATUS: {
    meaning: "The API server refused a request; the message has its status and reason.",
    action: "for 401 and 403 fix the credentials or the RBAC rules; otherwise nothing",
  },
  KUBE_UNREACHABLE: {
    meaning: "The API server cannot be reached.",
    action: "check its address, the network and its certificate",
  },
  KUBE_TIMEOUT: { meaning: "The API server did not respond in time.", action: "nothing; fedns retries" },
  KUBE_CLOSED: {
    meaning: "The connection to the cluster was closed on purpose.",
    action: "nothing; fedns is stopping",
  },
  KUBE_MOVED: {
    meaning: "The API server has a new address; lists start again.",
    action: "nothing; fedns retries",
  },
  KUBE_TOO_MANY_WATCHES: {
    meaning: "The limit of open watches for one cluster is reached.",
    action: "enable fewer sources",
  },
  KUBE_WATCH_SHORT: {
    meaning: "The API server closed a watch immediately.",
    action: "nothing; fedns retries",
  },
  KUBE_WENT_BACK: {
    meaning:
      "The API server returned an older resourceVersion than before, for example after a restore from backup; everything is listed again.",
    action: "nothing; fedns retries",
  },
  KUBE_BAD_LIST: {
    meaning: "The response to a list request is not a list.",
    action: "check for a proxy between fedns and the API server",
  },
  KUBE_BAD_BODY: {
    meaning: "The body of a response is not JSON.",
    action: "check for a proxy between fedns and the API server",
  },
  KUBE_BODY_TOO_LARGE: {
    meaning:
      "The body of a response is larger than fedns accepts. Pages of lists are made smaller, as far as one object.",
    action: "look for an API server or proxy that ignores limits, or for an object of many megabytes",
  },
  KUBE_TOO_LARGE: {
    meaning: "A cluster has more objects than is kept of one cluster; what was known of it stays.",
    action:
      "raise quota.objects or quota.keptMiB, or have less of it read (sources.services.labelSelector, sources.*.namespaceSelector)",
  },
  KUBE_BAD_EVENT: { meaning: "A watch event is malformed.", action: "nothing; fedns retries" },
  KUBE_BAD_OBJECT: {
    meaning: "An object lacks a name or a resourceVersion.",
    action: "nothing; fedns retries",
  },
  KUBE_BAD_NAME: {
    meaning: "No object of a Kubernetes API can have this name, namespace, kind or version.",
    action: "correct the name that the message quotes",
  },
  KUBE_BAD_DISCOVERY: {
    meaning: "The API server's list of the kinds that it serves cannot be read.",
    action: "check for a proxy between fedns and the API server",
  },
  WRITE_NOT_PERMITTED: {
    meaning: "Something was not written, because this process may not write to the cluster now.",
    action: "see the reason in the message; usually another replica holds the lease and does the work",
  },
  WRITE_PERMIT_LOST: {
    meaning: "The permission to write ended while a request was under way, so its outcome is unknown.",
    action: "nothing; the holder of the lease reads the object again",
  },
  KUBE_LINE_TOO_LONG: { meaning: "A watch event is longer than fedns accepts.", action: "report a bug" },
  KUBE_LINE_TRUNCATED: {
    meaning: "A watch was closed in the middle of an event.",
    action: "nothing; fedns retries",
  },
  // Look-ups.
  DNS_EXCHANGE: {
    meaning: "A DNS server did not answer, or did not send a DNS response.",
    action: "check the address, and that the server is running",
  },
  // Client locations.
  CLIENTS_TOO_LARGE: {
    meaning: "The table of client networks does not fit.",
    action: "configure fewer networks, or use a smaller database",
  },
  DATABASE_MISSING: { meaning: "The location database does not exist.", action: "check locate.database" },
  DATABASE_UNREADABLE: { meaning: "The location database cannot be read.", action: "check its permissions" },
  DATABASE_UNFIT: {
    meaning: "The location database is not a City database.",
    action: "use a City database in MaxMind DB (.mmdb) format",
  },
  DATABASE_DAMAGED: {
    meaning: "The location database is damaged or is not in MaxMind DB format.",
    action: "download it again",
  },
  DATABASE_CHANGED: {
    meaning: "The location database changed while it was read.",
    action: "nothing; fedns retries",
  },
  TABLE_LOST: {
    meaning: "The table of client networks in the state directory is damaged.",
    action: "nothing; fedns retries",
  },
  BUILD_ENDED: {
    meaning: "The process that builds the table of client networks ended early.",
    action: "check for a memory limit; fedns retries",
  },
  BUILD_FAILED: {
    meaning: "The table of client networks could not be built.",
    action: "check the free space of the state directory; fedns retries",
  },
  // The sandbox.
  PORT_BUSY: {
    meaning: "A port that the sandbox needs is taken.",
    action: "choose other ports with its options",
  },
  SANDBOX_LISTEN: { meaning: "A server of the sandbox cannot listen.", action: "choose other ports" },
  SANDBOX_DIRECTORY: {
    meaning: "The sandbox cannot write to its directory.",
    action: "choose another --directory",
  },
  SANDBOX_BUSY: {
    meaning: "Another sandbox, or a fedns, uses the directory.",
    action: "end it, or choose another --directory",
  },
  SANDBOX_FOREIGN_FILE: {
    meaning: "The directory of the sandbox has a fedns.yaml or a state that no sandbox wrote.",
    action: "choose another --directory",
  },
} as const;

export type ErrorCode = keyof typeof CODES | SystemErrorCode;

/** A system call failed: the name of its error (errno(3)). */
export type SystemErrorCode = keyof (typeof constants)["errno"];

export const ERROR_CODES: Readonly<Record<keyof typeof CODES, CodeEntry>> = CODES;
