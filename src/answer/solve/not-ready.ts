/** What is answered while it is not known: the members have not been read, and a denial would be kept by caches. */
import { ExtendedError, Rcode } from "../../dns/message/code.ts";
import type { WorkerContext } from "../context/worker-context.ts";

export function notReady({ response }: WorkerContext): void {
  response.dropRecords();
  response.rcode = Rcode.ServFail;
  response.isAuthoritative = false;
  response.extendedError = ExtendedError.NotReady;
}
