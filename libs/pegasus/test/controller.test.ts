/** The controller alone, with three servers and a switch that the test plays. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PEGASUS_ACK_OFFSET, PegasusFlag, PegasusOp, PegasusStatus, type PegasusRecord } from '@ballast/wire';
import {
  type CommandResult,
  type DirectoryCommand,
  type LedgerRecord,
  PegasusController,
  type PopularityConfig,
} from '../src/index.ts';
import { encodeHandOver } from '../src/hand-over.ts';
import {
  CONTROLLER_IP,
  drained,
  frameOf,
  GATEWAY_MAC,
  hashOf,
  pool,
  type Received,
  SERVER_IPS,
} from './frames.ts';

const { Hold, Open, Spread, Fence, Merge, Forget } = PegasusOp;
const SERVERS = 3;
const ALL = [0, 1, 2];
const HOME = 1;
const INCARNATION = 4;
const EPOCH_NS = 10_000;
const RETRY_NS = 300;
const PING_NS = 10 ** 12;
const HAND_OVER = encodeHandOver({ watermarks: [], requests: [], item: null });
const POPULARITY: PopularityConfig = {
  estimator: 'sampling',
  sampleRatio: 10,
  samplesMin: 4,
  requestsMin: 40,
  hysteresis: 1.5,
  decay: 0.5,
};

class Rig {
  readonly controller: PegasusController;
  readonly #records: LedgerRecord[] = [];
  readonly #commands: { id: number; command: DirectoryCommand }[] = [];
  #now = 0;
  #epochs = 0;

  constructor(options: { popularity?: Partial<PopularityConfig>; hotKeysMax?: number } = {}) {
    const first = { incarnation: INCARNATION, epoch: 1 };
    this.#records.push({ kind: 'switch', ...first });
    for (const server of ALL) this.#records.push({ kind: 'member', server, status: 'live', ...first });
    this.controller = new PegasusController({
      ip: CONTROLLER_IP,
      mac: 7,
      gatewayMac: GATEWAY_MAC,
      serverIps: SERVER_IPS.slice(0, SERVERS),
      homeOf: () => HOME,
      startNs: 0,
      epochNs: EPOCH_NS,
      hotKeysMax: options.hotKeysMax ?? 2,
      transitionsMax: 4,
      retryNs: RETRY_NS,
      pingNs: PING_NS,
      missedPingsMax: 3,
      journal: {
        append: (record) => void this.#records.push(record),
        rewrite: () => assert.fail('a short test fills no journal'),
      },
      records: [...this.#records],
      popularity: { ...POPULARITY, ...options.popularity },
      pool,
    });
  }

  /** Requests of a key that the switch copies to the controller. */
  sample(key: string, times: number, op: PegasusOp = PegasusOp.Get): void {
    for (let i = 0; i < times; i++) this.controller.handle(this.#now, 0, frameOf({ op, key }));
  }

  /** Lets an epoch end with these totals of the entries. Returns what the controller sends then. */
  endEpoch(counters: Partial<Extract<CommandResult, { kind: 'counters' }>> = {}): Received[] {
    this.#now = ++this.#epochs * EPOCH_NS;
    this.controller.timeout(this.#now);
    drained(this.controller); // What is still unacknowledged is repeated first.
    const { id, command } = this.#nextCommand();
    assert.equal(command.kind, 'readCounters');
    this.controller.commandDone(this.#now, id, { kind: 'counters', reads: [], writes: [], ...counters });
    return drained(this.controller);
  }

  /** Lets the time to repeat messages pass. */
  retry(): Received[] {
    this.#now += RETRY_NS;
    this.controller.timeout(this.#now);
    return drained(this.controller);
  }

  /** The servers acknowledge a message, each as `fields` and `body` say. Returns what is sent then. */
  acknowledge(
    sent: Received,
    servers: readonly number[],
    { fields = {}, body = HAND_OVER }: { fields?: Partial<PegasusRecord>; body?: Uint8Array } = {},
  ): Received[] {
    const { op, generation } = sent.record;
    for (const server of servers) {
      const answer = { generation, server, serverIncarnation: INCARNATION, load: 1, ...fields };
      const key = fields.keyLength === 0 ? '' : 'hot';
      const message = { op: (op + PEGASUS_ACK_OFFSET) as PegasusOp, key, value: body, fields: answer };
      this.controller.handle(this.#now, 0, frameOf({ ...message, toIp: CONTROLLER_IP }));
    }
    return drained(this.controller);
  }

  /** The next command, not yet done. */
  #nextCommand(): { id: number; command: DirectoryCommand } {
    this.controller.drainCommands((id, command) => void this.#commands.push({ id, command }));
    const next = this.#commands.shift();
    assert.ok(next !== undefined, 'the controller asks something of the switch');
    return next;
  }

  /** The switch does the next command, which must be of this kind. */
  switchDoes(kind: DirectoryCommand['kind']): { command: DirectoryCommand; sent: Received[] } {
    const { id, command } = this.#nextCommand();
    assert.equal(command.kind, kind);
    this.controller.commandDone(this.#now, id, { kind: 'done' });
    return { command, sent: drained(this.controller) };
  }

  /** That nothing is asked of the switch. */
  assertIdleSwitch(): void {
    this.controller.drainCommands((_id, command) =>
      assert.fail(`nothing to do for the switch: ${command.kind}`),
    );
  }

  /** Brings a key all the way in. */
  promote(key: string, samples: number): void {
    this.sample(key, samples);
    const [hold] = this.endEpoch();
    const open = this.acknowledge(hold!, [HOME]);
    this.acknowledge(open[0]!, ALL);
    const { sent } = this.switchDoes('install');
    this.acknowledge(sent[0]!, ALL);
  }

  get recorded(): readonly string[] {
    return this.#records.slice(1 + SERVERS + 1).map(({ kind }) => kind);
  }
}

/** 'op>server', in order. */
function summary(sent: readonly Received[]): string[] {
  return sent.map(({ record, dstIp }) => {
    assert.equal(SERVER_IPS.indexOf(dstIp), record.target);
    return `${record.op}>${record.target}`;
  });
}
function toAll(op: PegasusOp): string[] {
  return ALL.map((server) => `${op}>${server}`);
}

test('controller: a promotion holds at home, opens everywhere, installs, and spreads; each after the other', () => {
  const rig = new Rig();
  rig.sample('user1', 5);
  const hold = rig.endEpoch();
  assert.deepEqual(summary(hold), [`${Hold}>${HOME}`]);
  const { record } = hold[0]!;
  const { hi: hashHi, lo: hashLo } = hashOf('user1');
  assert.deepEqual([record.keyHashHi, record.keyHashLo, record.generation], [hashHi, hashLo, 1]);
  rig.assertIdleSwitch();

  const held = { versionIncarnation: 2, versionCounter: 9 };
  const open = rig.acknowledge(hold[0]!, [HOME], { fields: held });
  assert.deepEqual(summary(open), toAll(Open));
  assert.ok(
    open.every(({ key }) => key === 'hot'),
    'servers learn the key in full',
  );
  assert.deepEqual(rig.acknowledge(open[0]!, [0, 2]), []);
  rig.assertIdleSwitch();
  assert.deepEqual(rig.controller.report(), []);

  rig.acknowledge(open[0]!, [1]);
  const { command, sent: spread } = rig.switchDoes('install');
  const completed = { incarnation: 2, counter: 9 };
  assert.deepEqual(command, {
    kind: 'install',
    entry: 0,
    hashHi,
    hashLo,
    generation: 1,
    home: HOME,
    completed,
  });
  assert.deepEqual(summary(spread), toAll(Spread));
  assert.deepEqual(
    spread.map((message) => message.record.flags),
    ALL.map((server) => (server === HOME ? PegasusFlag.Begin : 0)),
  );
  assert.ok(
    spread.every((message) => message.record.load === SERVERS - 1),
    'reads only: a copy everywhere',
  );
  assert.deepEqual(
    rig.controller.report().map(({ key }) => key),
    ['hot'],
  );
  assert.equal(rig.controller.counters.promotions, 1);
  assert.deepEqual(rig.recorded, ['hold', 'open', 'hot'], 'each step is in the journal');
});

test('controller: too few samples promote nothing', () => {
  const rig = new Rig();
  rig.sample('user1', POPULARITY.samplesMin - 1);
  assert.deepEqual(rig.endEpoch(), []);
});

for (const [what, fields] of [
  ['with a status', { status: PegasusStatus.Retry }],
  ['without a key, as a repeated one is', { keyLength: 0 }],
] as const) {
  test(`controller: a promotion that home refuses, ${what}, leaves nothing behind`, () => {
    const rig = new Rig();
    rig.sample('user1', 5);
    const [hold] = rig.endEpoch();
    assert.deepEqual(rig.acknowledge(hold!, [HOME], { fields }), []);
    assert.equal(rig.controller.counters.refused, 1);
    assert.ok(rig.controller.isSettled);
    assert.deepEqual(rig.retry(), []);
    rig.assertIdleSwitch();

    rig.sample('user1', 5);
    const [again] = rig.endEpoch();
    assert.equal(again?.record.generation, 2, 'a generation is never given out again');
  });
}

test('controller: what is not acknowledged is sent again, only to those who owe it', () => {
  const rig = new Rig();
  rig.sample('user1', 5);
  const [hold] = rig.endEpoch();
  assert.deepEqual(summary(rig.retry()), [`${Hold}>${HOME}`]);
  assert.deepEqual(summary(rig.retry()), [`${Hold}>${HOME}`]);
  const [open] = rig.acknowledge(hold!, [HOME]);
  rig.acknowledge(open!, [0, 2]);
  assert.deepEqual(summary(rig.retry()), [`${Open}>1`]);
  rig.acknowledge(open!, [1]);
  assert.deepEqual(rig.retry(), [], 'the switch loses nothing');
  rig.switchDoes('install');
});

test('controller: acknowledgements that are late, repeated or of another life change nothing', () => {
  const rig = new Rig();
  rig.sample('user1', 5);
  const [hold] = rig.endEpoch();
  assert.deepEqual(rig.acknowledge(hold!, [0]), [], 'not asked');
  for (const fields of [
    { serverIncarnation: INCARNATION + 1 },
    { generation: 9 },
    { server: 77 },
    { window: 1 },
  ])
    assert.deepEqual(rig.acknowledge(hold!, [HOME], { fields }), [], JSON.stringify(fields));
  const [open] = rig.acknowledge(hold!, [HOME]);
  assert.deepEqual(rig.acknowledge(hold!, [HOME]), [], 'held already');
  for (let i = 0; i < 5; i++) assert.deepEqual(rig.acknowledge(open!, [0]), []);
  rig.assertIdleSwitch();
});

test('controller: an answer in parts is asked for part by part, and handed on whole', () => {
  const rig = new Rig();
  rig.sample('user1', 5);
  const [hold] = rig.endEpoch();
  const [head, tail] = [HAND_OVER.slice(0, 2), HAND_OVER.slice(2)];
  const [next] = rig.acknowledge(hold!, [HOME], { fields: { window: 0, load: 2 }, body: head });
  assert.deepEqual(summary([next!]), [`${Hold}>${HOME}`]);
  assert.equal(next!.record.window, 1);
  const open = rig.acknowledge(hold!, [HOME], { fields: { window: 1, load: 2 }, body: tail });
  assert.deepEqual(summary(open), toAll(Open));
  assert.deepEqual(open[0]!.value, HAND_OVER);
});

test('controller: a demotion closes, fences everywhere, merges at home, removes, forgets; each after the other', () => {
  const rig = new Rig({ hotKeysMax: 1 });
  rig.promote('user1', 5);
  // Two epochs show what the key gets: next to nothing.
  rig.endEpoch();
  rig.sample('user2', 40);
  assert.deepEqual(rig.endEpoch(), []);
  const { command, sent: fence } = rig.switchDoes('setMode');
  assert.ok(command.kind === 'setMode' && command.mode === 'readsOnly' && command.generation === 1);
  assert.deepEqual(summary(fence), toAll(Fence));

  assert.deepEqual(rig.acknowledge(fence[0]!, [0, 1]), []);
  rig.assertIdleSwitch();
  const merge = rig.acknowledge(fence[0]!, [2]);
  assert.deepEqual(summary(merge), [`${Merge}>${HOME}`]);
  rig.assertIdleSwitch();

  rig.acknowledge(merge[0]!, [HOME], { body: new Uint8Array(0) });
  const { sent: forget } = rig.switchDoes('remove');
  assert.deepEqual(summary(forget), toAll(Forget));
  assert.equal(rig.controller.counters.demotions, 0);
  rig.acknowledge(forget[0]!, ALL, { body: new Uint8Array(0) });
  assert.equal(rig.controller.counters.demotions, 1);
  assert.ok(rig.controller.isSettled);

  rig.sample('user2', 40);
  const [hold] = rig.endEpoch();
  assert.deepEqual(summary([hold!]), [`${Hold}>${HOME}`], 'the hotter key takes the free place');
  const floor = hold!.record.requestIdHi * 2 ** 32 + hold!.record.requestIdLo;
  assert.equal(floor, 2, 'the first generation is over everywhere');
});

// The key in the directory gets 1,000 requests an epoch. A sample stands for ten; decay halves the score.
for (const { samples, isReplaced } of [
  { samples: 290, isReplaced: false },
  { samples: 310, isReplaced: true },
]) {
  test(`controller: a key of ${samples * 5} requests ${isReplaced ? 'takes' : 'does not take'} the place of one of 1000`, () => {
    const rig = new Rig({ hotKeysMax: 1 });
    rig.promote('user1', 5);
    rig.endEpoch({ reads: [600], writes: [400] });
    rig.sample('user2', samples);
    rig.endEpoch({ reads: [1200], writes: [800] });
    if (isReplaced) rig.switchDoes('setMode');
    else rig.assertIdleSwitch();
  });
}

test('controller: a key that has just become hot is given an epoch to show what it gets', () => {
  const rig = new Rig({ hotKeysMax: 1 });
  rig.promote('user1', 5);
  rig.sample('user2', 500);
  rig.endEpoch();
  rig.assertIdleSwitch();
});

/** How many copies each server is told to make. */
function copies(sent: readonly Received[]): number[] {
  assert.ok(sent.every(({ record }) => record.op === Spread && record.flags === 0));
  return sent.map(({ record }) => record.load);
}

test('controller: copies follow what the reads between two writes are worth, on a real change only', () => {
  const rig = new Rig();
  rig.promote('user1', 5);
  assert.deepEqual(copies(rig.endEpoch({ reads: [1000], writes: [0] })), [], 'everywhere already');
  // Three reads for each write are worth one copy.
  const fewer = rig.endEpoch({ reads: [2000], writes: [660] });
  assert.deepEqual(copies(fewer), [1, 1, 1]);
  rig.acknowledge(fewer[0]!, ALL, { body: new Uint8Array(0) });
  assert.deepEqual(copies(rig.endEpoch({ reads: [3000], writes: [990] })), [], 'as before');
  const none = rig.endEpoch({ reads: [3000], writes: [3000] });
  assert.deepEqual(copies(none), [0, 0, 0]);
});

test('controller: a key gets no more copies than spread its reads over servers as busy as the others', () => {
  const rig = new Rig();
  rig.promote('user1', 5);
  rig.promote('user2', 5);
  // Fifty reads for each write of both; but one of them is a tenth of the load of a server.
  assert.deepEqual(copies(rig.endEpoch({ reads: [1000, 20], writes: [20, 1] })), [1, 1, 1]);
});

test('controller: with a sketch, its records are candidates and samples are none', () => {
  const rig = new Rig({ popularity: { estimator: 'sketch' } });
  rig.sample('user1', 50);
  const { hi: hashHi, lo: hashLo } = hashOf('user2');
  const sent = rig.endEpoch({ sketch: [{ hashHi, hashLo, requests: 90, writes: 0 }] });
  assert.deepEqual(summary(sent), [`${Hold}>${HOME}`]);
  assert.deepEqual([sent[0]!.record.keyHashHi, sent[0]!.record.keyHashLo], [hashHi, hashLo]);
});

test('controller: a slow switch is asked for counters once', () => {
  const { controller } = new Rig();
  for (let epoch = 1; epoch <= 3; epoch++) controller.timeout(epoch * EPOCH_NS);
  const asked: DirectoryCommand[] = [];
  controller.drainCommands((_id, command) => void asked.push(command));
  assert.deepEqual(asked, [{ kind: 'readCounters', entries: 2, sketchMin: null }]);
});
