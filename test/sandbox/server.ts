/** One API server for a whole test file, and a client of it; both are closed after the last test. */
import { after } from "node:test";
import { startApiServer } from "../../src/sandbox/api-server.ts";
import type { ApiServer, ApiServerOptions } from "../../src/sandbox/api-server.ts";
import { Client } from "./client.ts";

export type TestServer = { readonly server: ApiServer; readonly client: Client };

/** Call it at the top of the file: inside a suite, the server of a suite that is filtered out would never be closed. */
export async function startServer(options: ApiServerOptions = {}): Promise<TestServer> {
  const server = await startApiServer(options);
  const client = new Client(server);
  after(async () => {
    await client.close();
    await server.close();
  });
  return { server, client };
}
