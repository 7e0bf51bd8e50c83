/**
 * The serve process: takes sockets and picture from the supervisor and keeps one worker thread on each. Knows no
 * Kubernetes.
 *
 *   node serve/child.ts THREADS
 *
 * The threads are started before anything else is even loaded.
 */
import { setFlagsFromString } from "node:v8";
import { WorkerPool } from "./worker-pool.ts";

/** An answer is a chain of many small functions; with V8's usual budget (920) a third of them stay calls. Measured: 10 to 25 %. */
const INLINED_BYTECODE_MAX = 4000;
setFlagsFromString(`--max-inlined-bytecode-size-cumulative=${INLINED_BYTECODE_MAX}`);

const crew = new WorkerPool(Number(process.argv[2] ?? 0));
const { awaitAssignment } = await import("./run-assignment.ts");
awaitAssignment(crew);
