import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RackStatus, ServerStatus } from '@ballast/fabric';
import { statusLines } from './show-status.ts';

const NODE = { state: 'up', starts: 1, failure: null, logBytes: null } as const;

function server(id: number, changes: Partial<ServerStatus> = {}): ServerStatus {
  const place = { id, member: 'live', incarnation: 1, isLeaving: false, ringShare: 0.5 } as const;
  return {
    node: `server${id}`,
    ...NODE,
    ...place,
    items: 1_234,
    pendingBytes: null,
    syncs: null,
    ...changes,
  };
}

const STATUS: RackStatus = {
  isWhole: true,
  durability: 'none',
  folder: null,
  epoch: 3,
  switch: { node: 'tor', ...NODE, incarnation: 1 },
  controller: { node: 'controller', ...NODE },
  servers: [server(0), server(1)],
  hotKeys: [{ key: 'k', readsPerSecond: 1_500, writesPerSecond: 0, replicas: [0, 1] }],
  keysUnavailable: [],
  ringShareUnavailable: 0,
  move: null,
  isRebalancing: false,
  transitions: 0,
  expelled: 0,
  admitted: 0,
};

test('rack status: of a rack that keeps nothing, and is well', () => {
  assert.deepEqual(statusLines(STATUS), [
    'epoch 3, durability none, nothing is kept (no --data)',
    'switch up, incarnation 1; controller up',
    '0 times a server was declared dead, 0 times one was taken in',
    '',
    'server   process  member  starts  incarnation  keys at home  items  log bytes  pending  syncs\n' +
      'server0  up       live         1            1          50 %  1,234          -        -      -\n' +
      'server1  up       live         1            1          50 %  1,234          -        -      -',
    '',
    'hot keys: 1',
    '  "k"  1.5k reads/s, 0 writes/s, at servers 0-1',
  ]);
});

test('rack status: what is missing is said with its reason, and what is under way', () => {
  const lines = statusLines({
    ...STATUS,
    durability: 'disk',
    folder: 'rack1',
    controller: { node: 'controller', ...NODE, starts: 2, logBytes: 5_000 },
    servers: [
      server(0, { isLeaving: true }),
      server(1, { state: 'down', member: 'dead', items: null, failure: 'the disk is full' }),
    ],
    keysUnavailable: ['k7'],
    ringShareUnavailable: 0.5,
    move: { from: 'server0', to: 'server1', ringShare: 0.004 },
    transitions: 2,
  }).join('\n');
  for (const part of [
    'durability disk, kept in rack1',
    'controller up (started 2 times), journal 5,000 bytes',
    'server0  up       leaving',
    'server1  down     dead ',
    'hot keys: 1, 2 on their way in or out',
    'moving 0.4 % of the keys from server0 to server1',
    'unavailable: 50 % of the keys, their servers are not live',
    'only a dead server may have the newest value: k7',
    'server1 is down: the disk is full',
  ])
    assert.ok(lines.includes(part), `${part} in\n${lines}`);
  const blind = statusLines({ ...STATUS, ringShareUnavailable: null });
  assert.ok(blind.includes('the controller is down: nobody knows who is live'));
});
