/** An IPv4 router: longest-prefix match, next hop's MAC address, TTL (RFC 1812 §5.2 and §5.3.1). */
import { longestPrefix, program, type Program } from '@ballast/pipeline';
import { bits } from '@ballast/wire';
import { ipv4Packet } from './packets.ts';

export const ROUTES_MAX = 16_384;
/** Ports with an address of their own. */
export const ROUTER_PORTS_MAX = 256;

/**
 * Builds the router. Not IPv4, or a TTL that ends here: to the controller, which speaks ARP and ICMP. The
 * checksum follows the TTL by itself, and a corrupt one stays corrupt: routers do not repair packets.
 */
export function routerProgram(): Program {
  return program('router', (p) => {
    const { ethernet, ipv4 } = p.parse(ipv4Packet);
    const routes = p.table('routes', {
      match: { dst: longestPrefix(ipv4.dst) },
      actions: {
        via: { port: bits(8), mac: bits(48) },
        /** Addresses of the router itself, and of directly attached hosts not resolved yet. */
        local: {},
      },
      size: ROUTES_MAX,
    });
    /** MAC address of each port. */
    const ports = p.register('ports', { mac: bits(48) }, ROUTER_PORTS_MAX);
    const forwarded = p.counter('forwarded', ROUTER_PORTS_MAX);

    p.ingress(() => {
      p.when(ipv4.isValid().not(), () => p.toController('not_ipv4'));
      p.when(ipv4.version.ne(4).or(ipv4.ihl.lt(5)), () => p.drop('bad_header'));
      p.when(ipv4.ttl.le(1), () => p.toController('ttl_exceeded'));
      routes.apply({
        via: ({ port, mac }) => {
          ipv4.ttl.set(ipv4.ttl.minus(1));
          ethernet.src.set(ports.at(port).read().mac);
          ethernet.dst.set(mac);
          forwarded.count(port);
          p.forward(port);
        },
        local: () => p.toController('local'),
        miss: () => p.drop('no_route'),
      });
    });
  });
}
