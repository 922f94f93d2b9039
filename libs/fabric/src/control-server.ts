/**
 * The control address of an embedded rack: HTTP with JSON, on the loopback interface unless told otherwise.
 *
 *     GET    /health              is it there, are all its servers, and does it keep up
 *     GET    /api/rack            figures of the last second
 *     GET    /api/status          members, logs, what is under way: a RackStatus
 *     POST   /api/nodes/:node/crash  ?seconds= it loses its memory, and starts again after so long
 *     POST   /api/nodes/:node/pause  ?seconds= it stands still
 *     POST   /api/nodes/:node/leave  the server gives up its part of the ring and leaves
 *     POST   /api/join            servers without a part of the ring get theirs
 *     GET    /api/links           names of the links
 *     GET    /api/capture         ?link=&seconds=&packets= a link's packets as pcap, until a limit or the
 *     caller ends it
 *     POST   /api/hosts           plugs a host in: an Attachment
 *     DELETE /api/hosts/:id       unplugs it
 *     GET    /metrics             Prometheus
 *
 * A refusal is { error: code, message }.
 */
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify';
import { FabricError, type FabricErrorDetail } from './fabric-error.ts';
import type { LiveRack } from './live-rack.ts';
import { metricsText } from './metrics.ts';

/** Longest capture by time; without a time it goes on until its reader ends it. */
export const CAPTURE_SECONDS_MAX = 3_600;
const CAPTURE_PACKETS_MAX = 1e9;

const STATUS: Readonly<Record<FabricErrorDetail['code'], number>> = {
  PORT_IN_USE: 500,
  BAD_ADDRESS: 500,
  NO_RACK_NOW: 503,
  NO_SPARE_PORT: 503,
  RECORDING: 409,
  NO_HOST: 404,
  NO_LINK: 404,
  NO_NODE: 404,
  NODE_DOWN: 409,
  NODE_PAUSED: 409,
  NO_SERVER_CHANGES: 409,
  NO_CONTROLLER: 503,
  LAST_SERVER: 409,
};

const CAPTURE_QUERY = {
  type: 'object',
  additionalProperties: false,
  required: ['link'],
  properties: {
    link: { type: 'string', minLength: 1 },
    seconds: { type: 'number', exclusiveMinimum: 0, maximum: CAPTURE_SECONDS_MAX },
    packets: { type: 'integer', minimum: 1, maximum: CAPTURE_PACKETS_MAX },
  },
} as const;

interface CaptureQuery {
  readonly link: string;
  readonly seconds?: number;
  readonly packets?: number;
}

/** Longest crash or pause by command. */
export const NODE_SECONDS_MAX = 3_600;

const NODE_PARAMS = {
  type: 'object',
  required: ['node'],
  properties: { node: { type: 'string', minLength: 1 } },
} as const;

const NODE_QUERY = {
  type: 'object',
  additionalProperties: false,
  required: ['seconds'],
  properties: { seconds: { type: 'number', minimum: 0, maximum: NODE_SECONDS_MAX } },
} as const;

const NO_QUERY = { type: 'object', additionalProperties: false, properties: {} } as const;

interface NodeRequest {
  readonly Params: { readonly node: string };
  readonly Querystring: { readonly seconds: number };
}

const HOST_PARAMS = {
  type: 'object',
  required: ['id'],
  properties: { id: { type: 'integer', minimum: 1 } },
} as const;

/** @param current the rack that is running; FabricError NO_RACK_NOW when there is none at the moment */
export function createControlServer(current: () => LiveRack): FastifyInstance {
  // Unknown parameters are refused, not dropped: a misspelt limit would be no limit.
  const server = Fastify({
    forceCloseConnections: true,
    ajv: { customOptions: { removeAdditional: false } },
  });
  server.setErrorHandler<FastifyError>((error, _request, reply) => refuse(error, reply));
  server.setNotFoundHandler((request, reply) =>
    reply.code(404).send({ error: 'NO_SUCH_PATH', message: `there is no ${request.method} ${request.url}` }),
  );

  server.get('/health', () => {
    const { rack, figures } = current();
    return { status: rack.isWhole ? 'ok' : 'degraded', lagMs: figures.lagMs };
  });
  server.get('/api/rack', () => current().figures);
  server.get('/api/links', () => ({ links: current().linkNames }));
  server.get('/metrics', (_request, reply) =>
    reply.type('text/plain; version=0.0.4; charset=utf-8').send(metricsText(current())),
  );
  server.get('/api/status', () => current().status);
  addNodeRoutes(server, current);
  server.post('/api/hosts', async (_request, reply) => reply.code(201).send(await current().hosts.attach()));
  server.delete<{ Params: { id: number } }>(
    '/api/hosts/:id',
    { schema: { params: HOST_PARAMS } },
    (request, reply) => {
      current().hosts.detach(request.params.id);
      return reply.code(204).send();
    },
  );
  server.get<{ Querystring: CaptureQuery }>(
    '/api/capture',
    { schema: { querystring: CAPTURE_QUERY } },
    (request, reply) => {
      const { link, ...limits } = request.query;
      const capture = current().capture(link, limits);
      return reply
        .type('application/vnd.tcpdump.pcap')
        .trailer('ballast-dropped-packets', (_reply, _payload, done) => done(null, String(capture.dropped)))
        .send(capture);
    },
  );
  return server;
}

/** What an operator does to the nodes. */
function addNodeRoutes(server: FastifyInstance, current: () => LiveRack): void {
  const timed = { schema: { params: NODE_PARAMS, querystring: NODE_QUERY } };
  server.post<NodeRequest>('/api/nodes/:node/crash', timed, ({ params, query }, reply) => {
    current().operator.crash(params.node, query.seconds);
    return reply.code(204).send();
  });
  server.post<NodeRequest>('/api/nodes/:node/pause', timed, ({ params, query }, reply) => {
    current().operator.pause(params.node, query.seconds);
    return reply.code(204).send();
  });
  const untimed = { schema: { params: NODE_PARAMS, querystring: NO_QUERY } };
  server.post<Pick<NodeRequest, 'Params'>>('/api/nodes/:node/leave', untimed, ({ params }, reply) => {
    current().operator.leave(params.node);
    return reply.code(204).send();
  });
  server.post('/api/join', { schema: { querystring: NO_QUERY } }, (_request, reply) => {
    current().operator.join();
    return reply.code(204).send();
  });
}

function refuse(error: FastifyError | FabricError, reply: FastifyReply): FastifyReply {
  const { code, message } = error;
  if (error instanceof FabricError)
    return reply.code(STATUS[error.detail.code]).send({ error: code, message });
  const status = error.statusCode ?? 500;
  return reply.code(status).send({ error: status < 500 ? 'BAD_REQUEST' : 'INTERNAL', message });
}
