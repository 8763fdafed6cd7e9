// What `health.ts` answers, as it stands in the OpenAPI document.

const answer = (description: string, properties: object) => ({
  description,
  content: {
    'application/json': { schema: { type: 'object', properties, required: Object.keys(properties), additionalProperties: false } },
  },
});

const OK = answer('Yes.', { status: { const: 'ok' } });
const AWAY = answer('Something does not answer.', {
  status: { const: 'unavailable' },
  failing: { type: 'array', items: { enum: ['database', 'redis'] } },
});

const tags = ['Operations'];

export const HEALTH_PATHS = {
  '/healthz': { get: { operationId: 'getHealth', tags, summary: 'Does the process live?', security: [], responses: { 200: OK } } },
  '/readyz': {
    get: {
      operationId: 'getReadiness',
      tags,
      summary: 'Does everything it needs answer?',
      security: [],
      responses: { 200: OK, 503: AWAY },
    },
  },
} as const;
