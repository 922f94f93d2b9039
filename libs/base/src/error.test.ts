import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DetailedError } from './error.ts';

type PortErrorDetail =
  { code: 'PORT_BUSY'; port: number } | { code: 'PORT_RANGE'; port: number; max: number };

class PortError extends DetailedError<PortErrorDetail> {
  protected override explain(detail: PortErrorDetail): string {
    switch (detail.code) {
      case 'PORT_BUSY':
        return `port ${detail.port} is in use; choose another with --port`;
      case 'PORT_RANGE':
        return `port ${detail.port} is above ${detail.max}`;
    }
  }
}

test('error: the message explains the detail, which stays there to switch on', () => {
  const error = new PortError({ code: 'PORT_BUSY', port: 7000 });
  assert.equal(error.message, 'port 7000 is in use; choose another with --port');
  assert.equal(error.code, 'PORT_BUSY');
  assert.deepEqual(error.detail, { code: 'PORT_BUSY', port: 7000 });
});

test('error: the name is that of the subclass, in the stack as well', () => {
  const error = new PortError({ code: 'PORT_RANGE', port: 70_000, max: 65_535 });
  assert.equal(error.name, 'PortError');
  assert.equal(String(error), 'PortError: port 70000 is above 65535');
  assert.ok(error instanceof Error);
});

test('error: a cause is kept', () => {
  const cause = new Error('EADDRINUSE');
  assert.equal(new PortError({ code: 'PORT_BUSY', port: 7000 }, { cause }).cause, cause);
});
