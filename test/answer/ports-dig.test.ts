/** A program that we did not write reads what stands beside SRV. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { it } from "node:test";
import { askBytes, openFront } from "../support/worker-context.ts";
import { dig, needsDig } from "../support/dig.ts";

it("dig finds nothing wrong with addresses beside SRV", needsDig, async () => {
  const front = openFront(`
    cluster a r1/z1
      demo/hello ready=10 port=http/tcp/80 192.0.1.1 192.0.1.2 2001:db8::1:1`);
  const socket = createSocket("udp4");
  socket.on("message", (request, { port, address }) => socket.send(askBytes(front, request), port, address));
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  try {
    const name = "_http._tcp.hello.demo.myfed.svc.z1.r1.example.com";
    const { status, flags, answer, text } = await dig({ port: socket.address().port }, name, "SRV");
    const target = "hello.demo.myfed.svc.z1.r1.example.com.";
    assert.deepEqual([status, flags], ["NOERROR", ["qr", "aa", "rd"]]);
    assert.deepEqual(answer, [`${name}. 30 IN SRV 0 0 80 ${target}`]);
    const additional = text.split(";; ADDITIONAL SECTION:\n")[1]?.split("\n\n")[0] ?? "";
    assert.deepEqual(
      additional
        .split("\n")
        .map((line) => line.replaceAll(/\s+/g, " "))
        .sort(),
      ["A 192.0.1.1", "A 192.0.1.2", "AAAA 2001:db8::1:1"].map((data) => `${target} 30 IN ${data}`),
    );
    assert.doesNotMatch(text, /WARNING: (?!recursion requested)|malformed|extra bytes/i);
  } finally {
    socket.close();
  }
});
