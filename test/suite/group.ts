/** The process of a group: loads the test files that its arguments name. Node's test runner does the rest. */
import { pathToFileURL } from "node:url";

for (const file of process.argv.slice(2)) await import(pathToFileURL(file).href);
