/** Deliberate faults in the product, one for each check: a check that notices no fault checks nothing. */
import { cachedUntilAt, Header, SHARES_AT } from "../../src/picture/format/layout.ts";
import type { Sabotage } from "./run-state.ts";

const NOTHING = (): undefined => undefined;
const UP = 2;
const DOWN = 4;
const FAILING = 512;
const GUARDED = 64;
const CNAME_A = [0, 5, 0, 1];
/** An option's code, and the two octets of its length. */
const SUBNET_HEAD = [0, 8, 0];

function find(bytes: Uint8Array, pattern: readonly number[]): number {
  return bytes.findLastIndex((_, i) => pattern.every((octet, j) => bytes[i + j] === octet));
}

export type Broken = {
  /** What is broken, as the end of "it notices when ...". */
  readonly what: string;
  /** A part of the message that the check must report. */
  readonly words: RegExp;
  /** The first seed that is tried: what is rare needs a lucky one. Default: 1. */
  readonly firstSeed?: number;
  readonly sabotage: Sabotage;
};

export const BROKEN: readonly Broken[] = [
  {
    what: "changes of readiness do not reach the picture",
    words: /should not answer|nothing to hand out|steps up the ladder|something to hand out|does not declare/,
    sabotage: {
      onControl: ({ publisher }, run) => {
        const touch = publisher.touchService.bind(publisher);
        publisher.touchService = (key) => (run.sim.nowMs < 20_000 ? touch(key) : undefined);
      },
    },
  },
  {
    what: "news of health are lost",
    words: /the health of .* is \d+, and \d+ is written|is forced/,
    sabotage: {
      onControl: ({ publisher }) => {
        publisher.refreshHealth = NOTHING;
      },
    },
  },
  {
    what: "suspects are answered while something good is up",
    words: /is not among the addresses that count|should not answer|steps up the ladder|nothing to hand out/,
    sabotage: {
      onStep: ({ workers }) => {
        for (const { context } of workers.all)
          Object.defineProperty(context.state, "healthNeeded", {
            get: () => 0,
            set: NOTHING,
            configurable: true,
          });
      },
    },
  },
  {
    what: "drained clusters keep their share",
    words: /has the share 255 in place of/,
    sabotage: {
      onControl: ({ publisher }) => {
        publisher.setShare = NOTHING;
      },
    },
  },
  {
    what: "chance is not even",
    words: /shares should be as/,
    sabotage: {
      onStep: ({ workers }) => {
        for (const { context } of workers.all) {
          if (Object.hasOwn(context, "draw")) continue;
          const draw = context.draw.bind(context);
          context.draw = (below) => Math.floor(below * (draw(1 << 20) / (1 << 20)) ** 1.3);
        }
      },
    },
  },
  {
    what: "the picture does not come to rest",
    words: /nothing happens, and the picture changes/,
    sabotage: {
      onCalm: ({ sim, control: { store } }) => {
        const { clock } = sim.process();
        const flip = (): void => {
          const octets = store.memory.u8;
          octets[SHARES_AT] = (octets[SHARES_AT] as number) ^ 1;
          clock.after(77_000, flip);
        };
        flip();
      },
    },
  },
  {
    what: "an address goes up and down faster than holds and damping allow",
    words: /ms after its last change|good probes in a row|after \d failures/,
    sabotage: {
      // The first failure takes it down.
      onHealth: (changes) =>
        changes.map((one) => {
          const isFailing = (one.reason & UP) !== 0 && (one.reason & FAILING) !== 0;
          return isFailing ? { ...one, reason: (one.reason & ~UP) | DOWN, health: 0 } : one;
        }),
    },
  },
  {
    what: "the guard holds nothing",
    words: /while the hub is cut off|ms after its last change/,
    sabotage: {
      onHealth: (changes) =>
        changes.map((one) => {
          const isGuarded = (one.reason & GUARDED) !== 0;
          return isGuarded ? { ...one, reason: (one.reason & ~UP) | DOWN, health: 0 } : one;
        }),
    },
  },
  {
    what: "the dead are kept",
    words: /and not taken out/,
    sabotage: {
      onHealth: (changes) => changes.filter(({ reason }) => (reason & DOWN) === 0),
    },
  },
  {
    what: "a commit is left half done",
    words: /serial|damaged commit/,
    sabotage: {
      onStep: ({ control: { store } }) => {
        const { u32 } = store.memory;
        u32[Header.Serial] = (u32[Header.Serial] as number) | 1;
      },
    },
  },
  {
    what: "a change in the middle of an answer is not noticed",
    words: /the answer is of commit/,
    sabotage: {
      onStep: ({ workers }) => {
        for (const { context } of workers.all) {
          const { picture } = context;
          const serial = picture.serial();
          Object.defineProperty(context, "serial", { get: () => serial, set: NOTHING, configurable: true });
        }
      },
    },
  },
  {
    what: "names come and go",
    words: /the name exists/,
    sabotage: {
      onAnswer: (bytes) => {
        if (bytes[7] === 0) bytes[3] = ((bytes[3] as number) & 0xf0) | 3;
        return bytes;
      },
    },
  },
  {
    what: "an alias is of another TTL than its service",
    words: /an alias has the TTL/,
    sabotage: {
      onAnswer: (bytes) => {
        const at = find(bytes, CNAME_A);
        if (at > 12) bytes[at + 7] = (bytes[at + 7] as number) ^ 1;
        return bytes;
      },
    },
  },
  {
    what: "answers hold for more clients than they were made for",
    words: /within the scope|does not go by place/,
    sabotage: {
      onAnswer: (bytes) => {
        const at = find(bytes, SUBNET_HEAD);
        if (at > 12 && (bytes[at + 7] as number) > 8) bytes[at + 7] = 1;
        return bytes;
      },
    },
  },
  {
    what: "answers are valid for one client, and their scope claims many",
    words: /does not go by place/,
    sabotage: {
      onAnswer: (bytes) => {
        const at = find(bytes, SUBNET_HEAD);
        if (at > 12 && bytes[at + 7] === 0) bytes[at + 7] = 24;
        return bytes;
      },
    },
  },
  {
    what: "it is forgotten who may hold an address that left",
    words: /may be held until/,
    sabotage: {
      onControl: ({ store }) => {
        store.cachedAddresses.note = NOTHING;
      },
    },
  },
  {
    what: "it is forgotten who may hold an address that is there",
    words: /may be held until/,
    sabotage: {
      onControl: ({ store }) => {
        const settle = store.settle.bind(store);
        store.settle = () => {
          const { u32 } = store.memory;
          const at = cachedUntilAt(u32[Header.EndpointCapacity] as number);
          u32.fill(0, at, at + 100);
          settle();
        };
      },
    },
  },
  {
    what: "a drain is proved while caches have the addresses",
    words: /is proved to be drained, and held until/,
    sabotage: {
      onControl: ({ orders }) => {
        const prototype: object = Object.getPrototypeOf(orders);
        Object.defineProperty(orders, "status", {
          get: () => {
            const status = Reflect.get(prototype, "status", orders) as typeof orders.status;
            const proved = status.orders.map((order: any) => ({
              ...order,
              held: { ...order.held, held: 0 },
            }));
            return { ...status, orders: proved };
          },
        });
      },
    },
  },
  {
    what: "a drain is proved while workers have an earlier picture",
    words: /is proved to be drained, and (held until|.* is answered)/,
    // A worker answers from a picture that was written anew, and that it has not looked for yet.
    firstSeed: 10,
    sabotage: {
      onControl: ({ withdrawn }) => {
        withdrawn.isWithdrawn = () => true;
      },
    },
  },
];
