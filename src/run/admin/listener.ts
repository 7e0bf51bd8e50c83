/**
 * The admin socket in the state directory, from path to open connections. It is opened under the lock of that directory
 * (run/supervise/state-directory.ts), so a socket file that is there was left by a process that is gone.
 */
import { chmodSync } from "node:fs";
import { lstat, unlink } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { messageOf, OperationalError } from "../../kernel/error.ts";

export type AdminListener = {
  /** Called for every connection: those that are open already, and those to come. Call it once. */
  accept(onConnection: (socket: Socket) => void): void;
  /** Ends all connections and removes the file. */
  close(): Promise<void>;
};

/** sun_path holds 108 octets with its final zero (unix(7)). */
const PATH_MAX_OCTETS = 107;
/** Operators and scripts, one at a time or nearly so. */
const CONNECTIONS_MAX = 16;

/** Rejects with an OperationalError (SOCKET_PATH, SOCKET_BUSY, SOCKET_LISTEN). */
export async function listenForAdmin(path: string): Promise<AdminListener> {
  const octets = Buffer.byteLength(path);
  if (octets > PATH_MAX_OCTETS) {
    const message = `${path} is ${octets} octets long, a socket's path may have ${PATH_MAX_OCTETS}; choose a shorter stateDirectory`;
    throw new OperationalError("SOCKET_PATH", message);
  }
  await removeStale(path);
  const sockets = new Set<Socket>();
  const acceptor = Promise.withResolvers<(socket: Socket) => void>();
  // Half-open: a client that sends a line and closes its side still gets the reply.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    void acceptor.promise.then((onConnection) => onConnection(socket));
  });
  server.maxConnections = CONNECTIONS_MAX;
  await listen(server, path);
  return {
    accept: acceptor.resolve,
    close: () =>
      new Promise((resolve) => {
        // Closing also removes the file.
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** A socket file without a listener was left by a crash. */
async function removeStale(path: string): Promise<void> {
  const stats = await lstat(path).catch(() => null);
  if (stats === null) return;
  if (!stats.isSocket())
    throw new OperationalError("SOCKET_PATH", `${path} exists and is not a socket; move it away`);
  if (await hasListener(path)) {
    const message = `another program answers at ${path}; stop it or choose another stateDirectory`;
    throw new OperationalError("SOCKET_BUSY", message);
  }
  await unlink(path).catch((error: unknown) => {
    throw new OperationalError("SOCKET_PATH", `cannot remove ${path}: ${messageOf(error)}`, { cause: error });
  });
}

/** Only a refused connection proves that there is no listener; a full queue or a forbidden file does not. */
function hasListener(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      resolve(error.code !== "ECONNREFUSED" && error.code !== "ENOENT");
    });
  });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.on("error", (cause) => {
      const message = `the admin socket cannot listen at ${path}: ${messageOf(cause)}`;
      reject(new OperationalError("SOCKET_LISTEN", message, { cause }));
    });
    // The file is created within this call; with this mask no other user can write to it, not even for a moment.
    const mask = process.umask(0o177);
    try {
      server.listen(path, () => {
        chmodSync(path, 0o600);
        resolve();
      });
    } finally {
      process.umask(mask);
    }
  });
}
