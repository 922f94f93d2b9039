/**
 * The control address of an embedded rack: HTTP with JSON, on the loopback interface unless told otherwise.
 *
 *     GET    /health              is it there, and does it keep up
 *     GET    /api/rack            figures of the last second
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

  server.get('/health', () => ({ status: 'ok', lagMs: current().figures.lagMs }));
  server.get('/api/rack', () => current().figures);
  server.get('/api/links', () => ({ links: current().linkNames }));
  server.get('/metrics', (_request, reply) =>
    reply.type('text/plain; version=0.0.4; charset=utf-8').send(metricsText(current())),
  );
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

function refuse(error: FastifyError | FabricError, reply: FastifyReply): FastifyReply {
  const { code, message } = error;
  if (error instanceof FabricError)
    return reply.code(STATUS[error.detail.code]).send({ error: code, message });
  const status = error.statusCode ?? 500;
  return reply.code(status).send({ error: status < 500 ? 'BAD_REQUEST' : 'INTERNAL', message });
}
