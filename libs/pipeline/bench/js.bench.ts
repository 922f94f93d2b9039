/** What a packet costs on the target `js`, beside hand-written code that does the same work. */
import { Prng } from '@ballast/base';
import {
  type Instance,
  jsTarget,
  longestPrefix,
  packetFormat,
  program,
  type Program,
  type Update,
} from '../src/index.ts';
import { bits, ethernetHeader, EtherType, ipv4Header } from '@ballast/wire';
import { HandwrittenRouter } from './handwritten-router.ts';
import {
  nanosPerPacket,
  nextHopMac,
  portMac,
  PORTS,
  randomRoutes,
  type Route,
  ROUTES,
} from './router-traffic.ts';

/** An IPv4 router: longest prefix, MAC addresses, TTL and its checksum, counters. */
function router(): Program {
  const format = packetFormat('ipv4_packet', { ethernet: ethernetHeader, ipv4: ipv4Header }, 'ethernet', {
    ethernet: { on: ['ethernet.etherType'], cases: [{ match: [EtherType.Ipv4], next: 'ipv4' }] },
  });
  return program('router', (p) => {
    const { ethernet, ipv4 } = p.parse(format);
    const routes = p.table('routes', {
      match: { dst: longestPrefix(ipv4.dst) },
      actions: { via: { port: bits(6), mac: bits(48) } },
      size: ROUTES,
    });
    const ports = p.register('ports', { mac: bits(48) }, PORTS);
    const forwarded = p.counter('forwarded', PORTS);
    p.ingress(() => {
      p.when(ipv4.isValid().not(), () => p.drop('not_ipv4'));
      p.when(ipv4.version.ne(4).or(ipv4.ihl.lt(5)), () => p.drop('bad_header'));
      p.when(ipv4.ttl.le(1), () => p.drop('ttl_exceeded'));
      routes.apply({
        via: ({ port, mac }) => {
          ipv4.ttl.set(ipv4.ttl.minus(1));
          ethernet.src.set(ports.at(port).read().mac);
          ethernet.dst.set(mac);
          forwarded.count(port);
          p.forward(port);
        },
        miss: () => p.drop('no_route'),
      });
    });
  });
}

function loadedRouter(routes: readonly Route[]): Instance {
  const instance = jsTarget.load(router());
  const entries = routes.map(({ prefix, length, port }): Update => ({
    type: 'insert',
    entity: {
      entity: 'table',
      table: 'routes',
      match: [{ kind: 'longestPrefix', value: BigInt(prefix), prefixBits: length }],
      action: 'via',
      parameters: [BigInt(port), BigInt(nextHopMac(port))],
    },
  }));
  const macs = Array.from({ length: PORTS }, (_, index): Update => ({
    type: 'modify',
    entity: { entity: 'register', register: 'ports', index, record: [BigInt(portMac(index))] },
  }));
  instance.control.write([...entries, ...macs]);
  return instance;
}

function compiled(): number {
  const rng = new Prng(1);
  const routes = randomRoutes(rng);
  const instance = loadedRouter(routes);
  return nanosPerPacket(rng, routes, (frame) => instance.process(frame, 0, 0));
}

function handwritten(): number {
  const rng = new Prng(1);
  const routes = randomRoutes(rng);
  const byHand = new HandwrittenRouter(routes);
  return nanosPerPacket(rng, routes, (frame) => byHand.forward(frame));
}

export default [
  { name: 'js.router', unit: 'ns/packet', peer: 'js.router.handwritten', run: compiled },
  { name: 'js.router.handwritten', unit: 'ns/packet', run: handwritten },
];
