/** What an operator tells fedns to forget, as received on the admin socket and as saved. Untrusted until parsed. */
import {
  boolean,
  integer,
  nullable,
  object,
  oneOf,
  readShape,
  text,
  type ValueShape,
  variants,
} from "../../kernel/shape.ts";
import { StateList } from "../../kernel/state-file.ts";

/** `isDryRun`: only say what would happen. */
type ForgetCommon = {
  readonly isDryRun: boolean;
  readonly by: string;
  readonly reason: string | null;
};
export type ForgetClusterRequest = ForgetCommon & { readonly what: "cluster"; readonly cluster: string };
/** `place`: a region, or REGION/ZONE, as DNS labels. */
export type ForgetPlaceRequest = ForgetCommon & { readonly what: "place"; readonly place: string };
/** Each kind of thing that can be forgotten has a variant of its own. */
export type ForgetRequest = ForgetClusterRequest | ForgetPlaceRequest;

/** False = refused, and nothing has changed. `text`: a sentence for the operator. */
export type Forgot = { readonly ok: boolean; readonly text: string };

export type ForgottenCluster = {
  readonly cluster: string;
  /** Wall time, ms. */
  readonly sinceMs: number;
  readonly by: string;
  readonly reason: string | null;
};

/** More than the settings can have. */
const CLUSTERS_MAX = 1_000;
const REASON_MAX = 256;
/** The year 2527. Later times are invalid. */
const TIME_MAX_MS = 2 ** 44;
const LINE_RULE = { pattern: /^\P{Cc}*$/u, problem: "has control characters" };

const cluster: ValueShape<string> = text(1, 253, {
  pattern: /^[\u0021-\u007e]+$/,
  problem: "has characters that no name can have",
});
const place: ValueShape<string> = text(1, 127, {
  pattern: /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\/[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)?$/,
  problem: "is neither REGION nor REGION/ZONE",
});
const by: ValueShape<string> = text(0, REASON_MAX, LINE_RULE);
const reason: ValueShape<string | null> = nullable(by);

const requestShape: ValueShape<ForgetRequest> = variants<ForgetRequest>("what", {
  cluster: object({ what: oneOf("cluster"), cluster, isDryRun: boolean, by, reason }),
  place: object({ what: oneOf("place"), place, isDryRun: boolean, by, reason }),
});

const forgottenShape: ValueShape<ForgottenCluster> = object<ForgottenCluster>({
  cluster,
  sinceMs: integer(0, TIME_MAX_MS),
  by,
  reason,
});

export const forgottenFile: StateList<ForgottenCluster> = new StateList(
  "clusters",
  "forgotten clusters",
  CLUSTERS_MAX,
  forgottenShape,
);

/** Returns the request, or the first problem. */
export function parseForget(raw: unknown): { readonly request: ForgetRequest } | { readonly wrong: string } {
  const read = readShape(requestShape, raw);
  return "value" in read ? { request: read.value } : { wrong: `the request's ${read.problem}` };
}
