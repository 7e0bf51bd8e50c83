/**
 * The serve process: it is assigned sockets and a picture by the supervisor and runs one worker thread per socket. It
 * knows no Kubernetes.
 *
 *   node serve/child.ts THREADS
 *
 * The threads are started before anything else is loaded.
 */
import { setFlagsFromString } from "node:v8";
import { WorkerPool } from "./worker-pool.ts";

/** An answer is many small functions. With V8's default (920) a third of them are not inlined, which costs 10 to 25 %. */
const INLINED_BYTECODE_MAX = 4000;
setFlagsFromString(`--max-inlined-bytecode-size-cumulative=${INLINED_BYTECODE_MAX}`);

const workers = new WorkerPool(Number(process.argv[2] ?? 0));
const { awaitAssignment } = await import("./run-assignment.ts");
awaitAssignment(workers);
