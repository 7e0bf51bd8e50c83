/**
 * The serve process: takes sockets and picture from the supervisor and keeps one worker thread on each. Knows no
 * Kubernetes.
 *
 *   node serve/child.ts THREADS
 *
 * The threads are started before anything else is even loaded.
 */
import { Crew } from "./crew.ts";

const crew = new Crew(Number(process.argv[2] ?? 0));
const { takeAssignment } = await import("./foreman.ts");
takeAssignment(crew);
