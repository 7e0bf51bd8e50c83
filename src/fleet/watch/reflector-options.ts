/** What a reflector needs: where its objects are, what is kept of each, and who hears of it. */
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import type { QueryParameters } from "../kube/request-message.ts";
import type { Resource } from "../kube/resource.ts";
import type { Transport } from "../kube/transport.ts";
import type { Room } from "./room.ts";
import type { KeptObjects, Projection, Sink } from "./store.ts";

export type ReflectorOptions<T> = {
  readonly transport: Transport;
  readonly resource: Resource;
  /** For example a selector. */
  readonly query?: QueryParameters;
  /** Objects come without spec and status (PartialObjectMetadata): half the bytes of most kinds. */
  readonly isMetadataOnly?: boolean;
  /** Takes from a raw object what is worth keeping; null: nothing. The object may be anything. May throw. */
  readonly project: (object: unknown) => Projection<T> | null;
  /** Whether a change is none. Default: values are compared as they are. */
  readonly equal?: (before: T, after: T) => boolean;
  /** Default: a Store, which compares with `equal`. */
  readonly makeStore?: (sink: Sink<T>) => KeptObjects<T>;
  readonly sink: Sink<T>;
  /** What may be kept of the cluster; absent = it is not limited. */
  readonly room?: Room;
  /** A list or watch failed: `health` says so already. */
  readonly onTrouble?: (error: unknown) => void;
  /** A watch was accepted. */
  readonly onWatching?: () => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};
