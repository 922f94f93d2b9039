import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RackFigures } from '@ballast/fabric';
import { formatBlock, formatLine } from './live-view.ts';

function figures(changes: Partial<RackFigures> = {}, servers = 4): RackFigures {
  return {
    phase: 'p',
    workload: 'Zipf 1.2',
    system: 'pegasus',
    seed: 1,
    elapsedSeconds: 3,
    offeredPerSecond: 28_000,
    boundPerSecond: 40_000,
    throughputPerSecond: 14_000,
    arrivedPerSecond: 28_000,
    p50Us: 700,
    p99Us: 3_100,
    lost: 0,
    backlog: 0,
    capacityPerSecond: 40_000,
    servers: Array.from({ length: servers }, (_, id) => ({ id, utilisation: id === 2 ? 1 : 0.5, queue: id })),
    hotKeys: [{ key: 'user1', readsPerSecond: 5_000, writesPerSecond: 20, replicas: [0, 1, 3] }],
    hosts: [],
    lagMs: 2,
    ...changes,
  };
}

const title = { text: 'phase 3 of 4: Zipf 1.2, pegasus', seconds: 20 };

test('live view: a line has throughput, latency, the fullest server and the hot keys', () => {
  assert.equal(
    formatLine(figures()),
    '  3 s  14k/s of 28k/s  p50 700 us  p99 3.1 ms  fullest server 2 100 %, queue 2  hot keys 1  lag 2 ms',
  );
});

test('live view: what is lost and a machine that is too slow are said, and only then', () => {
  const quiet = formatLine(figures());
  assert.ok(!quiet.includes('lost') && !quiet.includes('too much'));
  assert.match(formatLine(figures({ lost: 3, lagMs: 4_000 })), /lost 3 .*lower --rate/);
});

test('live view: a second in which nothing was answered has no latencies', () => {
  const nothing = figures({ throughputPerSecond: 0, p50Us: 0, p99Us: 0 });
  assert.match(formatLine(nothing), / {2}p50 - {2}p99 - {2}/);
  assert.match(
    formatBlock(title, nothing, { columns: 80, isBlocks: false }).join('\n'),
    /p50 - {3}p99 - {3}/,
  );
});

test('live view: a block has a bar for every server and the replica sets of the hottest keys', () => {
  const block = formatBlock(title, figures(), { columns: 80, isBlocks: false }).join('\n');
  assert.match(block, /phase 3 of 4: Zipf 1\.2, pegasus {3}3 s of 20 s/);
  assert.match(block, /answered {2}#{16}\.{16} {2}14k\/s of 28k\/s, bound 40k\/s/);
  assert.match(block, / 2 #{16} 100 % 2/);
  assert.match(block, /user1 {2}5k reads\/s {2}20 writes\/s {2}on servers 0-1, 3/);
});

test('live view: keys of a trace are cut to the line, and cannot command the terminal', () => {
  const hotKey = { readsPerSecond: 5_000, writesPerSecond: 20, replicas: [0] };
  const hotKeys = ['k'.repeat(255), 'a\u001b[2J\nb'].map((key) => ({ key, ...hotKey }));
  const lines = formatBlock(title, figures({ hotKeys }), { columns: 80, isBlocks: false });
  assert.ok(lines.includes(`    ${'k'.repeat(23)}…  5k reads/s  20 writes/s  on server 0`));
  assert.ok(lines.includes('    a·[2J·b  5k reads/s  20 writes/s  on server 0'));
});

test('live view: a block of any rack fits a terminal of 80 by 24, and keeps its height', () => {
  for (const servers of [1, 2, 8, 9, 16, 32]) {
    const hot = formatBlock(title, figures({}, servers), { columns: 80, isBlocks: true });
    const cold = formatBlock(title, figures({ hotKeys: [] }, servers), { columns: 80, isBlocks: true });
    assert.equal(hot.length, cold.length);
    assert.ok(hot.length <= 23, `${hot.length} lines for ${servers} servers`);
    assert.ok(
      hot.every((line) => line.length < 80),
      hot.join('\n'),
    );
    for (let id = 0; id < servers; id++) assert.match(hot.join('\n'), new RegExp(`\\s${id} `));
  }
});
