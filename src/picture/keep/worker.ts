/** A thread that copies the picture once, and ends (copy.ts). */
import { parentPort, workerData } from "node:worker_threads";
import { errorFields } from "../../kernel/error.ts";
import { copyPicture } from "./copy.ts";

const { path } = workerData as { readonly path: string };
try {
  parentPort?.postMessage({ copied: copyPicture(path) });
} catch (error) {
  parentPort?.postMessage({ failed: errorFields(error) });
}
