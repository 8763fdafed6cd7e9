// Descriptions of the paths for operators: metrics, and this description itself.

import { z } from 'zod';
import { json, nothing, type Operations, page, text } from '../../lib/openapi/operation.js';
import { described } from '../../lib/openapi/schemas.js';

export const operatorOperations: Operations = {
  'GET /metrics': {
    id: 'getMetrics',
    summary: 'Get the metrics, for Prometheus',
    description: 'For anybody who may not read them, the path does not exist.',
    signedBy: ['metricsToken'],
    orNobody: true,
    outcomes: [text('text/plain', 'The metrics.'), nothing('The metrics could not be read.', 503)],
    failures: [],
  },
  'GET /openapi.json': {
    id: 'getDescription',
    summary: 'This description, as OpenAPI 3.1',
    outcomes: [json(described('An OpenAPI document.', z.looseObject({ openapi: z.string() })), 'The document.')],
    failures: [],
  },
  'GET /openapi': {
    id: 'showDescription',
    summary: 'This description, as a page',
    outcomes: [page('The page.')],
    failures: [],
  },
};
