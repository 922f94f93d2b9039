import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeLinks } from './link-names.ts';

test('link names: numbered links of a kind are written short', () => {
  const names = ['server0-tor', 'server1-tor', 'server2-tor', 'controller-tor', 'client0-tor', 'client1-tor'];
  assert.equal(describeLinks(names), 'server0-tor to server2-tor, controller-tor, client0-tor, client1-tor');
  assert.equal(describeLinks([]), '');
});
