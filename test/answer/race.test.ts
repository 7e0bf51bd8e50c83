/** Health changes in place while an answer is being made: what was counted may be down a moment later. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, change, openFront } from "../support/worker-context.ts";

const fleet = `
  cluster west us-west/a
    demo/hello ready=1 192.0.2.17 192.0.2.18
  cluster east us-east/a
    demo/hello ready=1 192.0.2.33 192.0.2.34`;

test("an endpoint that goes down between being counted and being written leaves an answer, never an empty one without SOA", () => {
  for (let moment = 0; moment < 12; moment++) {
    for (const name of ["hello.demo.myfed.svc.example.com", "hello.demo.myfed.svc.a.us-west.example.com"]) {
      const front = openFront(fleet);
      const { picture } = front.context;
      const read = picture.health.bind(picture);
      let reads = 0;
      picture.health = (endpoint) => (reads++ < moment ? read(endpoint) : 0);
      const { rcode, answer, authority } = ask(front, { name, type: 1 });
      assert.equal(rcode, 0);
      assert.ok(
        answer.some(({ type }) => type === 1),
        `addresses after ${moment} looks at health, not ${authority.length} SOA`,
      );
    }
  }
});

test("a commit in the middle of an answer makes it start again, on the new picture", () => {
  const front = openFront(fleet);
  const { picture } = front.context;
  const read = picture.serialAgain.bind(picture);
  let looks = 0;
  picture.serialAgain = () => {
    looks++;
    if (looks === 1) change(front, "delete west demo/hello");
    if (looks === 1) change(front, "delete east demo/hello");
    return read();
  };
  const { rcode, answer, authority } = ask(front, { name: "hello.demo.myfed.svc.example.com", type: 1 });
  assert.deepEqual([rcode, answer.length, authority.length], [3, 0, 1]);
});

test("many draws give each cluster of a level its even share", () => {
  const front = openFront(fleet);
  const counts = new Map<string, number>();
  for (let i = 0; i < 4000; i++) {
    const { answer } = ask(front, { name: "hello.demo.myfed.svc.example.com", type: 1 });
    assert.equal(answer.length, 2);
    const first = answer[0]?.data ?? "";
    counts.set(first, (counts.get(first) ?? 0) + 1);
  }
  assert.equal(counts.size, 4);
  for (const [address, count] of counts)
    assert.ok(Math.abs(count - 1000) < 130, `${address} came first ${count} times`);
});
